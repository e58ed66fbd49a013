import { addUsd } from './add-usd.ts'
import { chunkJobs, type JobChunk } from './chunk-jobs.ts'
import { HalftoneError } from './halftone-error.ts'
import { inOrder } from './in-order.ts'
import { randomKey } from './random-key.ts'
import { sleep } from './sleep.ts'
import type { Transport } from './transport.ts'
import type { BulkAccepted, BulkAnswer, BulkInput, JobInput, PublicError } from './wire.ts'

export interface SubmitManyOptions {
  /**
   * Names this run. The same run with the same jobs, `size` and `bulk` can be started again after any failure: what was
   * accepted is not accepted twice. With other jobs it is refused (`idempotency_mismatch`). Left out: a run of its own.
   */
  run?: string
  /** Jobs a bulk. Default 500. */
  size?: number
  /** Bulks under way at once: posted, or with `until: 'ended'` not yet ended. Default 2. */
  inFlight?: number
  /** What each bulk is posted with. Its budget is for each bulk, not for all. */
  bulk?: BulkInput
  /** `accepted` (default): each bulk is told once it is committed. `ended`: once all its jobs have ended. */
  until?: 'accepted' | 'ended'
  onProgress?(progress: SubmitProgress): void
  signal?: AbortSignal
}

export interface SubmitProgress {
  /** Taken from the source. */
  read: number
  accepted: number
  rejected: number
  succeeded: number
  /** Ended without a picture: failed, expired or canceled. */
  failed: number
  reserved_usd: string
  cost_usd: string
}

export interface SubmittedBulk {
  index: number
  /** Places in the source, from 0. */
  first: number
  count: number
  /** null: none of its jobs could be accepted. */
  id: string | null
  accepted: number
  rejected: { index: number; error: PublicError }[]
  reserved_usd: string
  expected_usd: string
  /** With `until: 'ended'`. */
  ended: BulkAnswer | null
}

const lookMs = 1_000

/** See `ImageGenerationClient.submitMany`. */
export async function* submitMany(
  transport: Transport,
  jobs: AsyncIterable<JobInput> | Iterable<JobInput>,
  options: SubmitManyOptions,
): AsyncGenerator<SubmittedBulk> {
  const { run = randomKey(), size = 500, inFlight = 2, until = 'accepted' } = options
  const tally = createTally(options.onProgress)
  const chunks = chunkJobs(jobs, size)
  yield* inOrder(chunks, inFlight, async (chunk, over) => {
    const signal = options.signal ? AbortSignal.any([options.signal, over]) : over
    tally.add({ read: chunk.jobs.length })
    const bulk = await submitChunk(transport, chunk, `${run}:${chunk.index}`, options.bulk, signal)
    tally.add({
      accepted: bulk.accepted,
      rejected: bulk.count - bulk.accepted,
      reserved_usd: bulk.reserved_usd,
    })
    if (until === 'accepted' || bulk.id === null) return bulk
    return { ...bulk, ended: await untilEnded(transport, bulk.id, tally, signal) }
  })
}

async function submitChunk(
  transport: Transport,
  { index, first, jobs }: JobChunk,
  idempotencyKey: string,
  fields: BulkInput | undefined,
  signal: AbortSignal,
): Promise<SubmittedBulk> {
  const head = JSON.stringify(fields ?? {}).slice(1, -1)
  const body = `{${head ? `${head},` : ''}"jobs":[${jobs.join(',')}]}`
  const answer = await transport
    .json<BulkAccepted>({ method: 'POST', path: '/v1/bulk', body, idempotencyKey, signal })
    .catch(noneAccepted)
  const { id, accepted, reserved_usd, expected_usd } = answer
  const rejected = answer.rejected.map((one) => ({ ...one, index: first + one.index }))
  return { index, first, count: jobs.length, id, accepted, rejected, reserved_usd, expected_usd, ended: null }
}

/** A bulk without one job that can be done is refused as a whole, and names them. The run goes on. */
function noneAccepted(error: unknown): Omit<BulkAccepted, 'id' | 'expected_finish'> & { id: null } {
  const rejected = error instanceof HalftoneError ? error.problem?.rejected : undefined
  if (!Array.isArray(rejected)) throw error
  return { id: null, accepted: 0, rejected, reserved_usd: '0', expected_usd: '0' }
}

async function untilEnded(
  transport: Transport,
  id: string,
  tally: Tally,
  signal: AbortSignal,
): Promise<BulkAnswer> {
  let before = { succeeded: 0, failed: 0 }
  for (;;) {
    const bulk = await transport.json<BulkAnswer>({ method: 'GET', path: `/v1/bulk/${id}`, signal })
    const { succeeded, failed, expired, canceled } = bulk.counts
    const now = { succeeded, failed: failed + expired + canceled }
    const over = bulk.status === 'completed' || bulk.status === 'canceled'
    tally.add({
      succeeded: now.succeeded - before.succeeded,
      failed: now.failed - before.failed,
      cost_usd: over ? bulk.cost_usd : '0',
    })
    if (over) return bulk
    before = now
    await sleep(lookMs, signal)
  }
}

type Tally = ReturnType<typeof createTally>

function createTally(tell: ((progress: SubmitProgress) => void) | undefined) {
  const sums = { read: 0, accepted: 0, rejected: 0, succeeded: 0, failed: 0 }
  const money = { reserved_usd: '0', cost_usd: '0' }
  return {
    add(more: Partial<SubmitProgress>): void {
      for (const key of ['read', 'accepted', 'rejected', 'succeeded', 'failed'] as const)
        sums[key] += more[key] ?? 0
      for (const key of ['reserved_usd', 'cost_usd'] as const)
        money[key] = addUsd(money[key], more[key] ?? '0')
      tell?.({ ...sums, ...money })
    },
  }
}
