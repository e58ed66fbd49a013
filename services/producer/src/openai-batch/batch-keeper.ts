import type { ClientBatchRow } from '@halftone/ledger'
import { createLoop, type Loop } from '@halftone/service-kit'
import type { ProducerParts } from '../parts.ts'
import { beginBatch } from './begin-batch.ts'
import { measureOutput } from './output-lines.ts'

/** To read 200 MB and to commit their jobs; after it somebody else tries. */
const readingMs = 120_000
const perRound = 5
const beatMs = 2_000

/** Reads the lines of new batches, and ends those whose jobs have. Any number of producers may do it. */
export function createBatchKeeper(parts: ProducerParts): Loop {
  return createLoop({
    name: 'batches',
    spacingMs: 50,
    beatMs,
    log: parts.log,
    async work() {
      const { clientBatches } = parts.ledger
      const unread = await clientBatches.takeUnread(readingMs, perRound)
      for (const batch of unread) await beginBatch(batch, parts)
      for (const batch of await clientBatches.ended(perRound)) await endBatch(batch, parts)
      return unread.length > 0 ? 0 : undefined
    },
  })
}

/** Its two files have no bytes of their own: they are written from its jobs whenever they are read. */
async function endBatch(batch: ClientBatchRow, parts: ProducerParts): Promise<void> {
  const { output, error, expired } = await measureOutput(batch, parts)
  const stem = batch.id.slice('batch_'.length)
  const fileOf = (half: 'output' | 'error', bytes: number) => ({
    id: `file-${stem}${half}`,
    projectId: batch.projectId,
    purpose: 'batch_output' as const,
    filename: `${batch.id}_${half}.jsonl`,
    bytes,
    sha256: null,
    batchId: batch.id,
  })
  const files = [
    ...(output.lines > 0 ? [fileOf('output', output.bytes)] : []),
    ...(error.lines > 0 ? [fileOf('error', error.bytes)] : []),
  ]
  await parts.ledger.clientBatches.end(batch.id, {
    status: batch.cancelAskedAt ? 'cancelled' : expired > 0 ? 'expired' : 'completed',
    completed: output.lines,
    failed: error.lines,
    files,
    outputFileId: output.lines > 0 ? fileOf('output', 0).id : null,
    errorFileId: error.lines > 0 ? fileOf('error', 0).id : null,
  })
}
