import { AppError, avoidBatch, crashPoint, publicError } from '@halftone/contracts'
import { allowsRebuy, type Finish, type RunnableJob } from '@halftone/ledger'
import { type LineEnd, ProviderError } from '@halftone/providers'
import type { Attempt, CallEnd } from '../attempt.ts'
import { endAttempt } from '../end-attempt.ts'
import { orderOf } from '../order.ts'
import { readInputs } from '../read-inputs.ts'
import { untilDone } from '../until-done.ts'
import type { Grip } from './grips.ts'
import type { LotDependencies } from './lot-desk.ts'

const atOnce = 16
const perPage = 200

/**
 * Settles each line that the provider has an end for, one by one. Answers how many pictures it told of. May be repeated:
 * what was settled before is left alone.
 */
export async function endTold(
  grip: Grip,
  results: AsyncIterable<LineEnd>,
  deps: LotDependencies,
): Promise<number> {
  let told = 0
  const settle = async (ends: LineEnd[]) => {
    const byId = new Map(ends.map((end) => [end.id, end]))
    const lines = await deps.lots.linesOf(grip.lot.id, [...byId.keys()])
    await Promise.all(lines.map((line) => endLine(grip, line, byId.get(line.liveAttempt?.id ?? ''), deps)))
    await crashPoint('mid-lot-results', () => [grip.lot.id])
  }
  let waiting: LineEnd[] = []
  for await (const end of results) {
    grip.lost.throwIfAborted()
    if (end.brings) told++
    waiting.push(end)
    if (waiting.length < atOnce) continue
    await settle(waiting)
    waiting = []
  }
  if (waiting.length > 0) await settle(waiting)
  return told
}

async function endLine(
  grip: Grip,
  line: RunnableJob,
  end: LineEnd | undefined,
  deps: LotDependencies,
): Promise<void> {
  const attempt = attemptOf(grip, line, deps)
  if (!attempt || !end) return
  await endAttempt(attempt, await readEnd(attempt, end, deps), null, deps)
}

async function readEnd(attempt: Attempt, end: LineEnd, deps: LotDependencies): Promise<CallEnd> {
  const { spec, request } = attempt
  try {
    // what is asked of the inputs is how many there were
    const inputs = request.images.length > 0 ? await readInputs(attempt, deps) : null
    const signal = AbortSignal.timeout(deps.settings.callTimeoutMs)
    return {
      kind: 'pictures',
      result: await end.read({ spec, request, images: inputs?.images ?? [], signal }),
    }
  } catch (error) {
    if (error instanceof ProviderError) return { kind: 'failed', error }
    throw error
  }
}

/**
 * Lines that the provider has no end for. `free`: they were not done, and go to the live tier; lines of unknown outcome
 * turn out to be free. Else they may have been paid, and are bought once more if their callers' policy allows it.
 */
export async function endUntold(
  grip: Grip,
  free: boolean,
  deps: LotDependencies,
  only: (line: RunnableJob) => boolean = () => true,
): Promise<void> {
  let after: string | null = null
  for (;;) {
    const lines = await deps.lots.openLines(grip.lot.id, { after, limit: perPage })
    after = lines.at(-1)?.liveAttempt?.id ?? null
    await Promise.all(lines.filter(only).map((line) => endWithoutResult(grip, line, free, deps)))
    if (after === null || lines.length < perPage) return
  }
}

async function endWithoutResult(
  grip: Grip,
  line: RunnableJob,
  free: boolean,
  deps: LotDependencies,
): Promise<void> {
  const row = line.liveAttempt
  if (!row || (row.state === 'unknown' && !free)) return
  const which = { attemptId: row.id, fence: grip.fence }
  const finish: Finish = free
    ? { ...which, kind: 'released', error: notDone, avoid: avoidBatch, delayMs: 0 }
    : {
        ...which,
        kind: 'unknown',
        error: notHeard,
        rebuy: allowsRebuy(line.body.routing.on_unknown, row.worst),
        avoid: avoidBatch,
      }
  const finished = await untilDone('end a line of a lot', () => deps.attempts.finish(finish), deps)
  deps.meter.attempt(row.provider, finish.kind)
  if (finished.kind !== 'late') deps.reports.finished(finished)
}

const notDone = publicError(new AppError('provider_down', 'The lot ended without this line; it was not paid'))
const notHeard = publicError(
  new AppError('outcome_unknown', 'The lot did not end in time, and this line of it may have been paid'),
)

/** null: this process has no such model or no key for it. */
function attemptOf(grip: Grip, line: RunnableJob, deps: LotDependencies): Attempt | null {
  const row = line.liveAttempt
  const order = row && orderOf(line, deps)
  if (!row || !order) return null
  const { id, startedAt, ruleId, priceVersion, worst } = row
  const silent = new AbortController().signal
  const bell = { rung: () => silent, heard: () => {}, ref: () => null }
  return { ...order, id, fence: grip.fence, startedAt, ruleId, priceVersion, worst, canceled: silent, bell }
}
