import type { Bench } from '../bench.ts'
import { createDoor } from '../door.ts'
import { scheduledJobs } from '../job-bodies.ts'
import { alternately } from '../rounds.ts'

const smallJobs = 20
const pollMs = 50
const roundsMax = 3

/** Both come at the catalogue's limits, with providers that take their time: it is the queue that is measured. */
export const fairness: Bench = {
  name: 'fairness',
  what: 'until the 20 jobs of a tenant are done behind 10,000 of another; beside the same tenant alone',
  goal: '≤ 2 times',
  met: ({ value, baseline }) => value <= 2 * (baseline ?? 0),
  async run({ sizes, stack: stackOf }) {
    const stack = await stackOf('lifelike')
    const admin = createDoor(stack, stack.adminKey)
    const [large, small] = [
      createDoor(stack, await admin.createKey('bench-large')),
      createDoor(stack, await admin.createKey('bench-small')),
    ]
    const few = JSON.stringify({ jobs: scheduledJobs(smallJobs) })
    const many = JSON.stringify({ jobs: scheduledJobs(sizes.jobs) })
    const wait = async () => {
      const started = performance.now()
      await small.untilEnded((await small.postBulk(few)).id, pollMs)
      return (performance.now() - started) / 1_000
    }
    const waits = await alternately(
      Math.min(sizes.rounds, roundsMax),
      async () => {
        const { id } = await large.postBulk(many)
        const seconds = await wait()
        await large.cancelBulk(id)
        await large.untilEnded(id, pollMs)
        return seconds
      },
      wait,
    )
    return { ...waits, unit: 's' }
  },
}
