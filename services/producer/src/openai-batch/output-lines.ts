import type { ClientBatchRow, WholeJob } from '@halftone/ledger'
import { imagesAnswer } from '../openai/answer.ts'
import { jobFailure } from '../openai/errors.ts'
import { readBase64 } from '../openai/read-base64.ts'
import type { ProducerParts } from '../parts.ts'

export type Half = 'output' | 'error'

const perPage = 200

type Parts = Pick<ProducerParts, 'ledger' | 'store'>

/** The lines of one of a batch's two files, written while they are read: pictures come from the store. */
export async function* outputLines(batch: ClientBatchRow, half: Half, parts: Parts): AsyncGenerator<string> {
  for await (const { whole, customId } of jobsOf(batch, parts))
    if (halfOf(whole) === half)
      yield `${await lineOf(whole, customId, (sha) => readBase64(parts.store, sha))}\n`
  if (half === 'error') for (const refused of batch.refused) yield `${refusedLine(batch, refused)}\n`
}

/** How long both are, and of how many lines, without reading a picture. */
export async function measureOutput(batch: ClientBatchRow, parts: Parts) {
  const sums = { output: { bytes: 0, lines: 0 }, error: { bytes: 0, lines: 0 } }
  const add = (half: Half, line: string, pictures: number) => {
    sums[half].bytes += Buffer.byteLength(line) + 1 + pictures
    sums[half].lines++
  }
  let expired = 0
  for await (const { whole, customId } of jobsOf(batch, parts)) {
    const half = halfOf(whole)
    if (whole.job.status === 'expired') expired++
    const line = await lineOf(whole, customId, async () => '')
    const pictures =
      half === 'output' ? whole.job.images.reduce((sum, { bytes }) => sum + base64Length(bytes), 0) : 0
    add(half, line, pictures)
  }
  for (const refused of batch.refused) add('error', refusedLine(batch, refused), 0)
  return { ...sums, expired }
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4
}

function halfOf({ job }: WholeJob): Half {
  return job.status === 'succeeded' ? 'output' : 'error'
}

async function* jobsOf(batch: ClientBatchRow, { ledger }: Pick<Parts, 'ledger'>) {
  if (batch.bulkId === null) return
  let cursor: string | undefined
  do {
    const page = await ledger.jobs.listWhole(batch.projectId, {
      bulkId: batch.bulkId,
      limit: perPage,
      cursor,
    })
    for (const whole of page.jobs) {
      const customId = batch.customIds[whole.job.bulkIndex ?? -1]
      if (customId !== undefined) yield { whole, customId }
    }
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
}

async function lineOf(
  whole: WholeJob,
  customId: string,
  read: (sha256: string) => Promise<string>,
): Promise<string> {
  const { job } = whole
  const id = `batch_req_${job.id.slice('job_'.length)}`
  if (job.status === 'succeeded') {
    const images = await Promise.all(job.images.map(async ({ sha256 }) => ({ b64_json: await read(sha256) })))
    const response = { status_code: 200, request_id: job.id, body: imagesAnswer(whole, images) }
    return JSON.stringify({ id, custom_id: customId, response, error: null })
  }
  if (job.status === 'expired' || job.status === 'canceled') {
    const [code, message] =
      job.status === 'expired'
        ? ['batch_expired', 'This request could not be executed before the completion window expired.']
        : ['batch_cancelled', 'This request was not executed because the batch was cancelled.']
    return JSON.stringify({ id, custom_id: customId, response: null, error: { code, message } })
  }
  const failure = jobFailure(job.id, job.error)
  const response = { status_code: failure.status, request_id: job.id, body: failure.body }
  return JSON.stringify({ id, custom_id: customId, response, error: null })
}

function refusedLine(
  { id }: ClientBatchRow,
  { custom_id, status, body }: ClientBatchRow['refused'][number],
): string {
  const response = { status_code: status, request_id: id, body }
  return JSON.stringify({ id: `batch_req_${id.slice('batch_'.length)}`, custom_id, response, error: null })
}
