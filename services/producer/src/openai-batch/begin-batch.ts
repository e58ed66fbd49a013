import { createHash } from 'node:crypto'
import {
  AppError,
  type BulkFields,
  bulkAcceptedSchema,
  bulkFieldsSchema,
  errorTable,
  publicError,
} from '@halftone/contracts'
import type { ClientBatchRow } from '@halftone/ledger'
import { z } from 'zod'
import { acceptBulk } from '../accept/accept-bulk.ts'
import { refusal } from '../openai/errors.ts'
import { usableModels } from '../openai/find-model.ts'
import type { ProducerParts } from '../parts.ts'
import { batchEndpoints, readBatchInput } from './read-input.ts'

/** Bulk metadata of ours: a batch's webhook is told in OpenAI's words by it. */
const batchKey = 'openai_batch_id'

const rejectedSchema = z.object({ index: z.int(), error: z.looseObject({ message: z.string() }) })

/**
 * Reads a batch's lines and commits its jobs, as one bulk under a key of the batch's own: whoever does it again after a
 * crash finds the same bulk. What is wrong with the file ends it; what is wrong with a line is that line's answer.
 */
export async function beginBatch(batch: ClientBatchRow, parts: ProducerParts): Promise<void> {
  const { clientBatches } = parts.ledger
  const endpoint = batchEndpoints.find((known) => known === batch.endpoint)
  if (!endpoint) return
  const bytes = await parts.store.get(batch.inputSha256)
  const usable = usableModels(parts.market.view().models, parts.configured, parts.clock())
  const { jobs, customIds, refused, faults } = readBatchInput(Buffer.from(bytes).toString(), endpoint, usable)
  if (faults.length > 0) return clientBatches.fail(batch.id, faults)
  if (jobs.length === 0 || batch.cancelAskedAt) {
    await clientBatches.begin(batch.id, { bulkId: null, customIds: [], refused })
    return
  }
  try {
    const { id, rejected } = await acceptLines(batch, jobs, parts)
    const gone = new Map(rejected.map(({ index, error }) => [index, error]))
    const begun = await clientBatches.begin(batch.id, {
      bulkId: id,
      customIds: customIds.filter((_, i) => !gone.has(i)),
      refused: [
        ...refused,
        ...[...gone].map(([i, error]) => ({ custom_id: customIds[i] ?? '', ...refusedAnswer(error) })),
      ],
    })
    // it was canceled while its lines were read
    if (begun?.cancelAskedAt) await parts.ledger.jobs.cancelBulk(batch.projectId, id)
  } catch (error) {
    if (!(error instanceof AppError) || errorTable[error.code].blame !== 'caller') throw error
    await refuseAll(batch, customIds, refused, error, parts)
  }
}

async function acceptLines(batch: ClientBatchRow, jobs: readonly unknown[], parts: ProducerParts) {
  const webhook = bulkFieldsSchema.shape.webhook.parse(batch.webhook ?? undefined)
  const fields: BulkFields = {
    webhook_mode: 'bulk',
    deadline: batch.expiresAt.toISOString(),
    metadata: { ...batch.metadata, [batchKey]: batch.id },
    ...(webhook ? { webhook } : {}),
  }
  const input = { fields, lines: jobs.map((value) => ({ value })) }
  const requestHash = createHash('sha256').update(`${batch.id} ${batch.inputSha256}`).digest()
  const idempotency = { key: `openai-batch:${batch.id}`, requestHash }
  const before = await parts.ledger.accept.replay(batch.projectId, idempotency)
  const { answer } =
    before ?? (await acceptBulk(parts.accept, batch.projectId, input, idempotency, { dataUris: true }))
  return bulkAcceptedSchema.parse(answer)
}

/** No line can be done, or a budget refuses them all: each is told why. */
async function refuseAll(
  batch: ClientBatchRow,
  customIds: readonly string[],
  refused: ClientBatchRow['refused'],
  error: AppError,
  { ledger }: ProducerParts,
): Promise<void> {
  const listed = z.array(rejectedSchema).safeParse(error.detail.extra?.rejected).data ?? []
  const own = new Map(listed.map((one) => [one.index, one.error]))
  const rest = customIds.map((custom_id, i) => ({
    custom_id,
    ...refusedAnswer(own.get(i) ?? { ...publicError(error) }),
  }))
  await ledger.clientBatches.begin(batch.id, { bulkId: null, customIds: [], refused: [...refused, ...rest] })
}

function refusedAnswer(error: { message: string; [detail: string]: unknown }): {
  status: number
  body: unknown
} {
  const code = Object.keys(errorTable).find((known): known is keyof typeof errorTable => known === error.code)
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const { status, body } = refusal(
    new AppError(code ?? 'invalid_request', error.message, {
      field: text(error.field),
      next: text(error.next),
    }),
  )
  return { status, body }
}
