import type { Stack } from '@halftone/local'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import type { Bench } from '../bench.ts'
import { createDoor } from '../door.ts'
import { scheduledJobs } from '../job-bodies.ts'
import { openRawQueue } from '../raw-queue.ts'
import { alternately } from '../rounds.ts'

const dayMs = 86_400_000
/** The queue that accepted work goes to, by the names that the stack gives it in Redis. */
const tickets = { name: '{ht-classify}', prefix: 'ht' }
const jobsPerTicket = 250

/**
 * From the request to the last ticket in Redis. Nobody takes tickets meanwhile, neither ours nor BullMQ's: both
 * sides only accept. What is accepted is for tomorrow, so that it does not run later either.
 */
export const accept: Bench = {
  name: 'accept',
  what: 'jobs through POST /v1/bulk, durable and ticketed; beside BullMQ addBulk of the same payloads',
  goal: '≥ 1.5 times',
  met: ({ value, baseline }) => value >= 1.5 * (baseline ?? 0),
  async run({ sizes, stack: stackOf }) {
    const stack = await stackOf('instant')
    const door = createDoor(stack, stack.key)
    const runAt = new Date(Date.now() + dayMs).toISOString()
    const jobs = scheduledJobs(sizes.jobs, {
      run_at: runAt,
      deadline: new Date(Date.now() + 2 * dayMs).toISOString(),
    })
    const text = JSON.stringify({ jobs })
    const connection = new Redis(stack.redis, { maxRetriesPerRequest: null })
    const queue = new Queue(tickets.name, { prefix: tickets.prefix, connection })
    const expected = Math.ceil(jobs.length / jobsPerTicket)
    const bulks: string[] = []
    const resume = pause(stack, ['classifier', 'dispatcher'])
    const waiting = async () => (await queue.getJobCountByTypes('waiting', 'prioritized')) as number
    try {
      const speeds = await alternately(
        sizes.rounds,
        async () => {
          const before = await waiting()
          const started = performance.now()
          bulks.push((await door.postBulk(text)).id)
          while ((await waiting()) < before + expected) await new Promise((resolve) => setTimeout(resolve, 1))
          return (jobs.length * 1_000) / (performance.now() - started)
        },
        async () => {
          const raw = openRawQueue(stack.redis, 'bench-accept')
          await raw.queue.waitUntilReady()
          const started = performance.now()
          await raw.addAll(jobs)
          const speed = (jobs.length * 1_000) / (performance.now() - started)
          await raw.close()
          return speed
        },
      )
      return { ...speeds, unit: 'jobs/s' }
    } finally {
      resume()
      for (const id of bulks) await door.cancelBulk(id)
      await queue.close()
      connection.disconnect()
    }
  },
}

/** Stops these processes of the stack where they are; the answer lets them go on. */
function pause(stack: Stack, names: string[]): () => void {
  const pids = names.flatMap((name) => stack.pids()[name] ?? [])
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}
