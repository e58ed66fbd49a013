import { setTimeout as wait } from 'node:timers/promises'
import type { ProgressWatch } from './watch-progress.ts'

/** Whoever waits gives up after so long without any progress. */
const stillMsMax = 90_000
/** Reconciliation gets as long as it makes progress, and not longer than this. */
const reconcileMsMax = 90_000
const noNewsMs = 8_000

/** Until every job has ended, no call is out and every webhook is delivered. */
export async function untilQuiet(
  watch: ProgressWatch,
  broken: () => string | null,
  say: (text: string) => void,
): Promise<void> {
  const asked = watch.samples.length
  let [done, since] = [-1, Date.now()]
  while (Date.now() - since < stillMsMax && broken() === null) {
    const now = watch.latest()
    const fresh = watch.samples.length > asked + 1
    if (fresh && now && now.ended === now.jobs && now.live === 0 && now.webhooksWaiting === 0) return
    if (now && now.done !== done) [done, since] = [now.done, Date.now()]
    await wait(300)
  }
  say('it did not get quiet in time')
}

/** As long as unknown outcomes are still being found out; the providers' reports come with a lag. */
export async function untilReconciled(watch: ProgressWatch): Promise<void> {
  const end = Date.now() + reconcileMsMax
  let last = watch.latest()?.unknown ?? 0
  let since = Date.now()
  while (last > 0 && Date.now() < end && Date.now() - since < noNewsMs) {
    await wait(300)
    const now = watch.latest()
    if (!now || now.unknown === last) continue
    last = now.unknown
    since = Date.now()
  }
}
