import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { End, PointCase } from './point-cases.ts'
import type { PointsStack } from './points-stack.ts'

const booksSchema = z.object({
  entries: z.array(z.object({ attempt_id: z.string().nullable(), nano: z.number().transform(BigInt) })),
  total_nano: z.number(),
})
type Entry = z.infer<typeof booksSchema>['entries'][number]

export interface JobNow {
  status: string
  code: string | null
  attempts: { id: string; state: string; cost: bigint | null }[]
}

async function readJob(sql: PointsStack['sql'], id: string): Promise<JobNow> {
  const [job] = await sql<{ status: string; code: string | null }[]>`
    select status, error->>'code' as code from jobs where id = ${id}`
  const attempts = await sql<JobNow['attempts']>`
    select id, state, cost_nano as cost from attempts where job_id = ${id} order by started_at`
  if (!job) throw new Error(`there is no job ${id}`)
  return { ...job, attempts: [...attempts] }
}

export async function paymentsOf(points: PointsStack, job: JobNow): Promise<Entry[]> {
  const ids = new Set(job.attempts.map((attempt) => attempt.id))
  return (await readBooks(points)).entries.filter(
    (entry) => entry.attempt_id !== null && ids.has(entry.attempt_id),
  )
}

async function readBooks({ stack }: PointsStack): Promise<z.infer<typeof booksSchema>> {
  const response = await fetch(`${stack.simulator}/books`)
  return booksSchema.parse(await response.json())
}

/** Waits until the job has ended and its end was told; answers how it ended, or throws what is wrong with that. */
export async function untilEnded(points: PointsStack, jobId: string, withinMs: number): Promise<JobNow> {
  const until = Date.now() + withinMs
  let job: JobNow | null = null
  const told = () => points.receiver.deliveries.some((each) => each.jobId === jobId)
  while (Date.now() < until) {
    // Postgres may be the one that was killed
    job = await readJob(points.sql, jobId).catch(() => job)
    if (job && endOf(job) !== null && told()) return job
    await wait(50)
  }
  throw new Error(
    `after ${withinMs / 1_000} s it is ${job?.status ?? 'unreadable'}, its end ${told() ? 'told' : 'not told'}, ` +
      `attempts ${job?.attempts.map(({ state }) => state).join(', ')}`,
  )
}

/** Until Postgres answers again. */
export async function untilPostgresAnswers({ sql }: PointsStack): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await sql`select 1`
      return
    } catch (error) {
      if (tries === 200) throw error
      await wait(100)
    }
  }
}

function endOf({ status, code }: JobNow): End | 'other' | null {
  if (status === 'succeeded') return 'succeeded'
  if (status === 'failed') return code === 'outcome_unknown' ? 'unknown' : 'other'
  return status === 'canceled' || status === 'expired' ? 'other' : null
}

/** What is wrong with how a job ended; nothing if it is as promised. */
export async function faultsOf(
  points: PointsStack,
  spec: PointCase,
  lived: { key: string; jobId: string },
  job: JobNow,
): Promise<string[]> {
  const faults: string[] = []
  const end = endOf(job)
  if (end === null || end === 'other' || !spec.ends.includes(end))
    faults.push(`it ended ${job.status} (${job.code}) instead of ${spec.ends.join(' or ')}`)
  const payments = await paymentsOf(points, job)
  if (payments.length > 1) faults.push(`I2: paid ${payments.length} times`)
  if (end === 'succeeded' && payments.length !== 1)
    faults.push(`I5: its picture was paid ${payments.length} times`)
  const [same] = await points.sql<{ jobs: number; ends: number }[]>`
    select count(*)::int as jobs, (select count(*)::int from webhook_messages
      where job_id = ${lived.jobId} and type <> 'image.job.resolved') as ends
    from jobs where body->'metadata'->>'case' = ${lived.key}`
  if (same?.jobs !== 1) faults.push(`I10: ${same?.jobs} jobs under one key`)
  if (same?.ends !== 1) faults.push(`I9: its end has ${same?.ends} messages`)
  return faults
}

/** I3, I4 over everything that this stack did: what we booked is what the provider charged, but for open unknowns. */
export async function booksFaults(points: PointsStack): Promise<string[]> {
  const { entries, total_nano: total } = await readBooks(points)
  const attempts = await points.sql<{ id: string; state: string; cost: bigint | null }[]>`
    select id, state, cost_nano as cost from attempts`
  const known = new Map(attempts.map((attempt) => [attempt.id, attempt]))
  const faults = entries
    .filter(({ attempt_id: id }) => id === null || !known.has(id))
    .map(({ attempt_id: id }) => `I3: a payment of ${id}, which no attempt of ours is`)
  let booked = 0n
  for (const { state, cost } of attempts)
    if (state === 'settled' || state === 'resolved') booked += cost ?? 0n
  for (const { attempt_id: id, nano } of entries) if (known.get(id ?? '')?.state === 'unknown') booked += nano
  if (booked !== BigInt(total)) faults.push(`I4: ${booked} booked or unknown, ${total} charged`)
  return faults
}
