import type { Bench } from '../bench.ts'
import { instantConcurrency } from '../bench-stacks.ts'
import { createDoor } from '../door.ts'
import { runRawChain } from '../raw-queue.ts'
import { alternately } from '../rounds.ts'
import { smallEdits } from '../small-edits.ts'
import { countWebhooks } from '../webhook-counter.ts'

/** Rounds are long: two are measured, after one to warm up. */
const roundsMax = 2
const jobsMax = 2_000

export const pipeline: Bench = {
  name: 'pipeline',
  what: 'jobs from POST /v1/bulk to webhook delivered, providers at 0 ms; beside a bare BullMQ chain of three queues',
  goal: '≥ 0.8 times (0.5 is the floor)',
  met: ({ value, baseline }) => value >= 0.5 * (baseline ?? 0),
  async run({ sizes, stack: stackOf }) {
    const stack = await stackOf('instant')
    const door = createDoor(stack, stack.key)
    const jobs = await smallEdits(door, Math.min(sizes.jobs, jobsMax))
    const speeds = await alternately(
      Math.min(sizes.rounds, roundsMax),
      async () => {
        const webhooks = await countWebhooks()
        const text = JSON.stringify({ jobs, webhook: { url: webhooks.url }, webhook_mode: 'job' })
        const started = performance.now()
        await door.postBulk(text)
        await webhooks.until(jobs.length)
        const seconds = (performance.now() - started) / 1_000
        await webhooks.close()
        return jobs.length / seconds
      },
      async () => {
        // the same concurrency in all, shared by the three
        const seconds = await runRawChain(stack.redis, jobs, {
          queues: 3,
          concurrency: Math.ceil(instantConcurrency / 3),
        })
        return jobs.length / seconds
      },
    )
    return { ...speeds, unit: 'jobs/s' }
  },
}
