import { crashPoint, modelKey } from '@halftone/contracts'
import type { LotRow } from '@halftone/ledger'
import { ProviderError } from '@halftone/providers'
import type { Grip } from './grips.ts'
import { deskOf, type LotDependencies } from './lot-desk.ts'
import { type ReadyLine, readyLines } from './lot-lines.ts'

/** `nothing`: no line was left, and it goes on collecting. Else it may have been sent: it is to be tended. */
export type Submitted =
  | { kind: 'nothing' }
  /** With the lot as it is now; `providerRef` null: it is not known yet. */
  | { kind: 'sent'; grip: Grip; providerRef: string | null }

const uploadMs = 900_000

/**
 * Commits the lines' attempts, then submits the lot, once. Whatever is lost in between is found out by whoever tends it.
 */
export async function submitLot(grip: Grip, deps: LotDependencies): Promise<Submitted> {
  const { lot, fence } = grip
  const desk = deskOf(lot.provider, deps)
  if (!desk) return { kind: 'nothing' }
  const { lines } = await readyLines(lot, desk, deps)
  if (lines.length === 0) return { kind: 'nothing' }
  await crashPoint('before-lot-claim', () => [lot.id, ...lines.map(({ jobId }) => jobId)])
  const returnBy = returnTime(lines, deps)
  const claimed = await deps.lots.claim({
    lotId: lot.id,
    fence,
    lines: lines.map(({ text: _, deadline: __, ...line }) => line),
    returnBy,
    simulated: deps.settings.simulated,
  })
  if (!claimed || claimed.attemptIds.length === 0) return { kind: 'nothing' }
  await crashPoint('after-lot-claim', () => [lot.id])
  const going = new Set(claimed.attemptIds)
  const sent = { ...grip, lot: { ...lot, returnBy, closedAt: new Date(deps.clock()) } }
  const own = lines.filter(({ attemptId }) => going.has(attemptId))
  return { kind: 'sent', grip: sent, providerRef: await send(sent, own, deps) }
}

/** Answers the provider's id; null: it was not heard, or the lot is not ours any more. */
async function send(grip: Grip, lines: ReadyLine[], deps: LotDependencies): Promise<string | null> {
  const { lot, fence } = grip
  const spec = deps.market().models.find((model) => modelKey(model) === modelKey(lot))
  const desk = deskOf(lot.provider, deps)
  if (!spec || !desk) return null
  const keepFile = async (fileId: string) => {
    await crashPoint('after-lot-file', () => [lot.id])
    // a process that was paused may have lost it meanwhile: the last look before the paid request
    return (await deps.lots.keepFile(lot.id, fence, fileId)) && grip.isSure()
  }
  const order = { id: lot.id, spec, operation: operationOf(lot), lines: lines.map(({ text }) => text) }
  try {
    const signal = AbortSignal.any([grip.lost, AbortSignal.timeout(uploadMs)])
    const providerRef = await desk.submit(order, keepFile, signal)
    await crashPoint('after-lot-answer', () => [lot.id])
    if (!(await deps.lots.submitted(lot.id, fence, providerRef))) return null
    await crashPoint('after-lot-submitted', () => [lot.id])
    deps.log.info({ lot: lot.id, providerRef, lines: lines.length }, 'submitted a lot')
    return providerRef
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    deps.log.warn({ err: error, lot: lot.id }, 'could not submit a lot, or not hear that it was; finding out')
    return null
  }
}

function returnTime(lines: readonly ReadyLine[], { lotSettings }: LotDependencies): Date {
  const soonest = Math.min(...lines.map(({ deadline }) => deadline.getTime()))
  return new Date(soonest - (lotSettings.reserveMs * 2) / 3)
}

function operationOf({ operation }: LotRow): 'generate' | 'edit' | 'variation' {
  return operation === 'edit' || operation === 'variation' ? operation : 'generate'
}
