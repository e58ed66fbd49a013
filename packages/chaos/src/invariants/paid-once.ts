import type { Facts } from './facts.ts'

/** I2: one payment at most for an attempt; for a job one under `hold`, two under the policies that buy again. */
export function paidOnce({ jobs, attempts, payments }: Facts): string[] {
  const jobOf = new Map(attempts.map(({ id, jobId }) => [id, jobId]))
  const policyOf = new Map(jobs.map(({ id, onUnknown }) => [id, onUnknown]))
  const perAttempt = Map.groupBy(
    payments.filter(({ attemptId }) => attemptId !== null),
    ({ attemptId }) => attemptId,
  )
  const perJob = Map.groupBy(payments, ({ attemptId }) => (attemptId && jobOf.get(attemptId)) ?? null)
  const found: string[] = []
  for (const [attempt, list] of perAttempt)
    if (list.length > 1) found.push(`attempt ${attempt} was paid ${list.length} times`)
  for (const [job, list] of perJob) {
    if (job === null) continue
    const policy = policyOf.get(job) ?? 'hold'
    const most = policy === 'hold' ? 1 : 2
    if (list.length > most) found.push(`job ${job} (${policy}) was paid ${list.length} times`)
  }
  return found
}
