import { randomBytes } from 'node:crypto'
import type { FaultKind } from '../faults.ts'
import { hash32 } from '../seeded.ts'
import type { Simulation } from '../simulation.ts'
import { WireError } from '../wire-error.ts'

export interface StoredFile {
  id: string
  account: string
  purpose: string
  filename: string
  createdAt: number
  /** One after the other: an output is long. */
  parts: Buffer[]
}

/** A line of the input, checked and priced when its batch came. */
export interface BatchLine {
  customId: string
  /** Does the work and charges it, or throws the provider's error. */
  work(): Promise<{ requestId: string; body: unknown }>
}

type BatchStatus =
  | 'validating'
  | 'failed'
  | 'in_progress'
  | 'finalizing'
  | 'completed'
  | 'expired'
  | 'cancelling'
  | 'cancelled'

export interface Batch {
  id: string
  account: string
  endpoint: string
  inputFileId: string
  metadata: Record<string, string>
  status: BatchStatus
  createdAt: number
  expiresAt: number
  /** Epoch ms of each state it has come to. */
  at: Partial<Record<BatchStatus, number>>
  counts: { total: number; completed: number; failed: number }
  outputFileId: string | null
  errorFileId: string | null
  errors: { code: string; message: string; param: string | null; line: number | null }[]
}

type Output = { kind: 'done' | 'failed'; text: string }

const windowHours = 24
/** What a batch takes at least, of an hour. */
const usualHours = 0.4
const workersMax = 2

export function createFileStore(clock: () => number) {
  const files = new Map<string, StoredFile>()
  return {
    files,
    keep(file: Omit<StoredFile, 'id' | 'createdAt'>): StoredFile {
      const kept = { ...file, id: `file-${randomBytes(12).toString('hex')}`, createdAt: clock() }
      files.set(kept.id, kept)
      return kept
    },
  }
}
type FileStore = ReturnType<typeof createFileStore>

/** Works a batch off as the documents tell: validating, in progress, finalizing, completed; or expired, or cancelled. */
export async function runBatch(
  simulation: Simulation,
  store: FileStore,
  batch: Batch,
  lines: readonly BatchLine[],
  fault: FaultKind | null,
): Promise<void> {
  const { clock, sleep } = simulation
  const come = (status: BatchStatus) => {
    batch.status = status
    batch.at[status] = clock()
  }
  batch.counts.total = lines.length
  come('in_progress')
  const startedAt = clock()
  const stopAt = fault === 'expire_lot' ? lines.length >> 1 : lines.length
  const wanted = lines.filter((_, i) => fault !== 'lose_lines' || i % 10 !== 3)
  const outputs: Output[] = []
  const done = new Set<string>()
  const isOver = () => batch.status !== 'in_progress' || clock() >= batch.expiresAt
  let next = 0
  const worker = async () => {
    while (next < Math.min(stopAt, wanted.length) && !isOver()) {
      const line = wanted[next++]!
      const output = await doLine(line)
      done.add(line.customId)
      outputs.push(output)
      if (output.kind === 'done') batch.counts.completed++
      else batch.counts.failed++
      await sleep(0)
    }
  }
  await Promise.all(Array.from({ length: workersMax }, worker))
  const soonest = startedAt + usualHours * simulation.batchHourMs
  while (!isOver() && (fault === 'expire_lot' || clock() < soonest)) await sleep(beatMs(simulation))
  const ends =
    batch.status === 'cancelling' ? 'cancelled' : clock() >= batch.expiresAt ? 'expired' : 'completed'
  if (ends === 'completed') come('finalizing')
  if (ends !== 'completed')
    for (const { customId } of wanted.filter((line) => !done.has(line.customId)))
      outputs.push({ kind: 'failed', text: undoneLine(customId, ends) })
  keepOutputs(store, batch, outputs, simulation.seed)
  come(ends)
}

function beatMs({ batchHourMs }: Simulation): number {
  return Math.min(200, Math.max(5, batchHourMs / 50))
}

export function newBatch(
  order: Pick<Batch, 'account' | 'endpoint' | 'inputFileId' | 'metadata'>,
  { clock, batchHourMs }: Simulation,
): Batch {
  const createdAt = clock()
  return {
    ...order,
    id: `batch_${randomBytes(16).toString('hex')}`,
    status: 'validating',
    createdAt,
    expiresAt: createdAt + windowHours * batchHourMs,
    at: {},
    counts: { total: 0, completed: 0, failed: 0 },
    outputFileId: null,
    errorFileId: null,
    errors: [],
  }
}

async function doLine({ customId, work }: BatchLine): Promise<Output> {
  try {
    const { requestId, body } = await work()
    const response = { status_code: 200, request_id: requestId, body }
    return { kind: 'done', text: lineText(customId, response, null) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const requestId = `req_${randomBytes(16).toString('hex')}`
    const response = { status_code: error.status, request_id: requestId, body: error.body }
    return { kind: 'failed', text: lineText(customId, response, null) }
  }
}

function undoneLine(customId: string, how: 'expired' | 'cancelled'): string {
  const message =
    how === 'expired'
      ? 'This request could not be executed before the completion window expired.'
      : 'This request was not executed because the batch was cancelled.'
  return lineText(customId, null, { code: `batch_${how}`, message })
}

function lineText(customId: string, response: unknown, error: unknown): string {
  return `${JSON.stringify({ id: `batch_req_${randomBytes(12).toString('hex')}`, custom_id: customId, response, error })}\n`
}

/** In no order: that is for the caller to restore. */
function keepOutputs(store: FileStore, batch: Batch, outputs: readonly Output[], seed: string): void {
  const shuffled = outputs.toSorted(
    (a, b) => hash32(`${seed}/${a.text.slice(0, 80)}`) - hash32(`${seed}/${b.text.slice(0, 80)}`),
  )
  const keep = (kind: Output['kind'], name: string) => {
    const parts = shuffled.filter((each) => each.kind === kind).map(({ text }) => Buffer.from(text))
    if (parts.length === 0) return null
    const filename = `${batch.id}_${name}.jsonl`
    return store.keep({ account: batch.account, purpose: 'batch_output', filename, parts }).id
  }
  batch.outputFileId = keep('done', 'output')
  batch.errorFileId = keep('failed', 'error')
}
