import type { Component } from '@halftone/contracts'
import { createLoop } from '@halftone/service-kit'
import { createGrips, type Grip } from './grips.ts'
import type { LotDependencies } from './lot-desk.ts'
import { submitLot } from './submit-lot.ts'
import { tendLot } from './tend-lot.ts'

const beatMsMax = 5_000
const orphansPerRound = 20

/**
 * The lots of the providers that this process has keys for: collects what waits for them, submits, and tends each to its
 * end. Any number of workers may do it: each lot has one holder.
 */
export function createLots(deps: LotDependencies): Component {
  const { lots, providers, lotSettings, clock, log } = deps
  const grips = createGrips(deps)
  const desks = [...providers.values()].filter(({ batch }) => batch).map(({ id }) => id)
  const tended = new Set<Promise<void>>()

  const tend = (grip: Grip, providerRef: string | null) => {
    const task = tendLot(grip, providerRef, deps)
      .catch((error: unknown) =>
        log.error({ err: error, lot: grip.lot.id }, 'could not tend a lot; others may'),
      )
      .finally(async () => {
        tended.delete(task)
        if (!grip.lost.aborted) await grips.letGo(grip).catch(() => {})
      })
    tended.add(task)
  }
  const collect = async (provider: string) => {
    let more = false
    for (const { lot, waiting } of await lots.collecting(provider)) {
      const full = waiting >= lotSettings.linesMax
      if (!full && clock() - lot.createdAt.getTime() < lotSettings.collectMs) continue
      const grip = await grips.take(lot.id)
      if (grip?.lot.state !== 'collecting') continue
      const submitted = await submitLot(grip, deps).catch(async (error: unknown) => {
        // it may be out: held on to, nobody would ever look after it
        await grips.letGo(grip).catch(() => {})
        throw error
      })
      if (submitted.kind === 'nothing') await grips.letGo(grip)
      else tend(submitted.grip, submitted.providerRef)
      more ||= full
    }
    return more
  }
  const loop = createLoop({
    name: 'lots',
    spacingMs: 100,
    beatMs: Math.min(beatMsMax, Math.max(250, Math.floor(lotSettings.collectMs / 4))),
    log,
    async work() {
      for (const id of await lots.orphans(desks, orphansPerRound)) {
        const grip = await grips.take(id)
        if (grip) tend(grip, grip.lot.providerRef)
      }
      let more = false
      for (const provider of desks) more = (await collect(provider)) || more
      return more ? 0 : undefined
    },
  })
  return {
    name: 'lots',
    async start() {
      if (desks.length === 0) return
      await Promise.all([grips.loop.start(), loop.start()])
    },
    /** What is being sent may come to its end; the rest is anybody's at once. */
    async stop(deadline) {
      await loop.stop(deadline)
      await grips.dropAll()
      await Promise.allSettled(tended)
      await grips.loop.stop(deadline)
    },
  }
}
