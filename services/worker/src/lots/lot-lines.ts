import { AppError, newId, publicError } from '@halftone/contracts'
import type { LotLine, LotRow, RunnableJob } from '@halftone/ledger'
import { type BatchDesk, ProviderError } from '@halftone/providers'
import { checkPlan } from '../check-plan.ts'
import { type Order, orderOf } from '../order.ts'
import { readInputs } from '../read-inputs.ts'
import type { LotDependencies } from './lot-desk.ts'

export interface ReadyLine extends LotLine {
  deadline: Date
  /** As the provider reads it. */
  text: string
}

/** As many of these jobs as fit a lot, at the price of this moment. Those that cannot be lines of it leave its pool. */
export async function readyLines(
  lot: LotRow,
  desk: BatchDesk,
  deps: LotDependencies,
): Promise<{ lines: ReadyLine[]; left: number }> {
  const { lotSettings, lots, attempts } = deps
  const linesMax = Math.min(lotSettings.linesMax, desk.linesMax)
  const bytesMax = Math.min(lotSettings.bytesMax, desk.bytesMax)
  const ids = await lots.waiting(lot.id, linesMax)
  const jobs = await Promise.all(ids.map((id) => attempts.load(id)))
  const lines: ReadyLine[] = []
  const stale: string[] = []
  const unfit: string[] = []
  let bytes = 0
  for (const job of jobs) {
    if (!job?.choice) continue
    const ready = await readyLine(job, desk, deps)
    if (ready === 'stale') stale.push(job.id)
    else if (ready === 'unfit') unfit.push(job.id)
    else if (ready !== 'gone') {
      bytes += ready.text.length + 1
      if (bytes > bytesMax && lines.length > 0) break
      lines.push(ready)
    }
  }
  await lots.leave(stale, null)
  await lots.leave(unfit, 'batch')
  return { lines, left: stale.length + unfit.length }
}

async function readyLine(
  job: RunnableJob,
  desk: BatchDesk,
  deps: LotDependencies,
): Promise<ReadyLine | 'stale' | 'unfit' | 'gone'> {
  const order = orderOf(job, deps)
  const plan = order && checkPlan(order, deps)
  if (!order?.batch || plan?.kind !== 'holds') return 'stale'
  const inputs = await readInputs(order, deps)
  if (!inputs) return endWithoutInputs(job, deps)
  const attemptId = newId('attempt')
  const { operation, ruleId, priceVersion, worst } = plan
  const { id: jobId, generation, deadline } = job
  try {
    const text = await desk.line(callOf(order, attemptId, inputs))
    return { jobId, generation, attemptId, operation, ruleId, priceVersion, worst, deadline, text }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    deps.log.warn({ err: error, job: jobId }, 'a job cannot be a line of a lot')
    return 'unfit'
  }
}

function callOf(
  { spec, request, quality }: Order,
  attemptId: string,
  inputs: { images: Uint8Array[]; mask: Uint8Array | null },
) {
  const signal = new AbortController().signal
  return { attemptId, spec, request, quality, ...inputs, callbackUrl: null, signal }
}

async function endWithoutInputs(job: RunnableJob, { endWaiting, reports }: LotDependencies): Promise<'gone'> {
  const next = 'upload it again by POST /v1/files, and post the job again'
  const error = publicError(
    new AppError('invalid_request', 'a picture of the job is not stored any more', { next }),
  )
  for (const { jobId, bulkId } of await endWaiting([{ id: job.id, status: 'failed', error }]))
    reports.finished({ kind: 'ended', status: 'failed', jobId, bulkId })
  return 'gone'
}
