import { Redis } from 'ioredis'
import postgres from 'postgres'
import type { Bench } from '../bench.ts'
import { createDoor } from '../door.ts'
import { smallEdits } from '../small-edits.ts'

const bodyBytes = 1_000
const jobsMax = 2_000

/** What stays of a job that has ended: rows, indexes and all, after a vacuum. */
export const memory: Bench = {
  name: 'memory',
  what: 'Postgres bytes per ended job; beside its body of 1 kB',
  goal: '≤ 4 times',
  met: ({ value, baseline }) => value <= 4 * (baseline ?? 0),
  async run({ sizes, stack: stackOf, say }) {
    const stack = await stackOf('instant')
    const door = createDoor(stack, stack.key)
    const sql = postgres(stack.postgres, { max: 1, onnotice: () => {} })
    const size = async () => {
      await sql`vacuum`
      const [row] = await sql<{ bytes: string }[]>`
        select sum(pg_total_relation_size(oid))::text as bytes from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace`
      return Number(row?.bytes)
    }
    const redis = new Redis(stack.redis)
    const inRedis = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
    try {
      const [bare] = await smallEdits(door, 1, 0)
      const padding = bodyBytes - JSON.stringify(bare).length
      const jobs = await smallEdits(door, Math.min(sizes.jobs, jobsMax), padding)
      const text = JSON.stringify({ jobs })
      // the first fills what is made once
      await door.untilEnded((await door.postBulk(text)).id, 100)
      const before = await size()
      const redisBefore = await inRedis()
      const { id } = await door.postBulk(text)
      const redisAfter = await inRedis()
      await door.untilEnded(id, 100)
      const value = ((await size()) - before) / jobs.length
      say(
        `Redis: ${Math.max(0, Math.round((redisAfter - redisBefore) / jobs.length))} bytes per job just accepted`,
      )
      return { value, baseline: JSON.stringify(jobs[0]).length, unit: 'bytes' }
    } finally {
      redis.disconnect()
      await sql.end()
    }
  },
}
