import type { Struck } from '../faults/fault.ts'
import { strike, type Victim } from '../faults/strike.ts'
import { gapMs, writeSchedule } from '../faults/write-schedule.ts'
import type { Facts } from '../invariants/facts.ts'
import { callsPerWorker, workers } from './chaos-stack.ts'
import type { Client } from './client.ts'
import type { Scene } from './open-scene.ts'
import { type Posted, postLoad } from './post-load.ts'
import { createRunClock } from './run-clock.ts'
import { showProgress } from './show-progress.ts'
import { type ProgressWatch, watchProgress } from './watch-progress.ts'
import { writeLoad } from './write-load.ts'

export interface Trouble {
  posted: Posted[]
  /** What the customer's side could not do: a POST without an answer, a job refused for no good reason. */
  failures: string[]
  trace: Struck[]
  priceChanges: Facts['priceChanges']
  watch: ProgressWatch
}

const horizonMsMin = 5_000

/** Posts the jobs and lets the faults happen, both as the seed says. Done when the last of both is over. */
export async function makeTrouble(
  scene: Scene,
  client: Client,
  options: { seed: number; jobs: number; faults: number; say(text: string): void },
): Promise<Trouble> {
  const { seed, jobs: count } = options
  const { customers, receiver } = scene
  const schedule = writeSchedule(seed, options.faults)
  const planned = schedule.map(({ atMs, name }) => `${(atMs / 1_000).toFixed(1)} s ${name}`)
  options.say(`schedule: ${planned.join(', ') || 'no faults'}`)
  const { promptWord: canary, picture, mask } = customers
  const load = writeLoad({ seed, count, canary, picture, mask })
  const trace: Struck[] = []
  let active = 0
  const progress = showProgress(count, options.faults)
  const watch = watchProgress(
    scene.sql,
    () => active,
    () => {
      const now = watch.latest()
      if (!now) return
      const note = `${now.live} live · ${now.unknown} unknown · ${receiver.deliveries.length} webhooks · ${active} faults active`
      progress.update({ ended: now.ended, jobs: count, faults: trace.length, note })
    },
    progress.stop,
  )
  const horizonMs = Math.max(horizonMsMin, options.faults * gapMs)
  const clock = createRunClock({ horizonMs, done: () => (watch.latest()?.ended ?? 0) / count })
  const posting = postLoad({
    load,
    client,
    keys: customers,
    webhookUrl: receiver.url,
    until: clock.until,
    seed,
  })
  const priceChanges: Facts['priceChanges'] = []
  const victim: Victim = {
    ...scene,
    listed: await scene.simulator.rules(),
    callsPerWorker,
    workers,
    beforeWipe: scene.lookIntoRedis,
    onPrice: (change) => priceChanges.push(change),
  }
  await Promise.all(
    schedule.map(async (scheduled) => {
      await clock.until(scheduled.atMs / horizonMs)
      active++
      trace.push(await strike(scheduled, victim))
      active--
    }),
  )
  const { posted, failures } = await posting
  clock.stop()
  trace.sort((a, b) => a.begunAt - b.begunAt)
  return { posted, failures, trace, priceChanges, watch }
}
