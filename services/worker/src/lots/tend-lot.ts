import { crashPoint } from '@halftone/contracts'
import type { RunnableJob } from '@halftone/ledger'
import type { BatchDesk } from '@halftone/providers'
import { endTold, endUntold } from './end-lines.ts'
import type { Grip } from './grips.ts'
import { deskOf, type LotDependencies } from './lot-desk.ts'

const askMs = 60_000

/**
 * From the moment when a lot may have been sent to its end: found again if need be, asked for patiently, canceled when
 * its lines' deadlines come near, and ended once every line of it has an end. Returns early when it is not ours any more.
 */
export async function tendLot(grip: Grip, providerRef: string | null, deps: LotDependencies): Promise<void> {
  const desk = deskOf(grip.lot.provider, deps)
  if (!desk) return
  const ref = providerRef ?? (await findLot(grip, desk, deps))
  if (ref !== null) await followLot(grip, desk, ref, deps)
}

/** null: it was never made (its lines go back), or is not ours any more. */
async function findLot(grip: Grip, desk: BatchDesk, deps: LotDependencies): Promise<string | null> {
  const { lot, fence } = grip
  const since = lot.closedAt ?? lot.createdAt
  for (; !grip.lost.aborted; await pause(grip, deps)) {
    const found = await asking(grip, deps, () => desk.find(lot.id, since, AbortSignal.timeout(askMs)))
    if (found?.kind === 'found')
      return (await deps.lots.submitted(lot.id, fence, found.ref)) ? found.ref : null
    const aged = deps.clock() - since.getTime() >= deps.settings.lagMs
    if (found && (found.final || aged)) {
      deps.log.warn({ lot: lot.id }, 'a lot never came to its provider; its lines go back')
      await endUntold(grip, true, deps)
      await deps.lots.end(lot.id, fence, 'lost')
      return null
    }
    await giveUpLate(grip, deps)
  }
  return null
}

async function followLot(grip: Grip, desk: BatchDesk, ref: string, deps: LotDependencies): Promise<void> {
  const { lot, fence } = grip
  let cancelAsked = lot.cancelAskedAt !== null
  for (; !grip.lost.aborted; await pause(grip, deps)) {
    const status = await asking(grip, deps, () => desk.poll(ref, AbortSignal.timeout(askMs)))
    if (status?.kind === 'ended') {
      const told = await asking(grip, deps, () => endTold(grip, desk.results(ref, grip.lost), deps))
      if (told !== null) {
        // more billed than told: some of what is missing was paid
        await endUntold(grip, status.billed === null || status.billed <= told, deps)
        await crashPoint('before-lot-end', () => [lot.id])
        await deps.lots.end(lot.id, fence, 'ended')
        deps.log.info({ lot: lot.id, why: status.why, told }, 'a lot ended')
        return
      }
    } else if (!cancelAsked && (isLate(grip, deps) || (await deps.lots.isUnwanted(lot.id)))) {
      cancelAsked = await deps.lots.cancelAsked(lot.id, fence)
      await asking(grip, deps, () => desk.cancel(ref, AbortSignal.timeout(askMs)))
      continue
    }
    await giveUpLate(grip, deps)
  }
}

function isLate({ lot }: Grip, { clock, lotSettings }: LotDependencies): boolean {
  const { returnBy } = lot
  return returnBy !== null && clock() >= returnBy.getTime() - lotSettings.pollMs
}

/** Who cannot wait for the lot any longer goes on by the caller's policy; the lot's end tells the truth of it later. */
async function giveUpLate(grip: Grip, deps: LotDependencies): Promise<void> {
  const latestMs = deps.clock() + deps.lotSettings.reserveMs / 3
  const { returnBy } = grip.lot
  if (returnBy === null || returnBy.getTime() + deps.lotSettings.reserveMs / 3 > deps.clock()) return
  await endUntold(grip, false, deps, (line: RunnableJob) => line.deadline.getTime() <= latestMs)
}

/** null: asking failed, and says nothing of the lot. */
async function asking<T>(grip: Grip, { log }: LotDependencies, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (!grip.lost.aborted)
      log.warn({ err: error, lot: grip.lot.id }, 'could not ask how a lot is; asking again')
    return null
  }
}

function pause(grip: Grip, { sleep, lotSettings }: LotDependencies): Promise<void> {
  return sleep(lotSettings.pollMs, grip.lost)
}
