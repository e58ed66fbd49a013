import { hasEnded } from '@halftone/contracts'
import { type Booking, giveBack, newBooking, raise } from './booking.ts'
import { asRows, type Sql } from './database.ts'
import type { Claim, ClaimRequest } from './ledger.ts'
import { type Locked, type LockedAttempt, lockJobs } from './lock-jobs.ts'
import { type AttemptRecord, toAttempt } from './rows.ts'
import { writeBooking } from './write-booking.ts'

/** A refused job waits this long, so that the dispatcher plans it at the new price. */
const refusedDelayMs = 1_000

type Verdict =
  | { kind: 'fresh' }
  | { kind: 'repeated'; attempt: LockedAttempt }
  | { kind: 'takeover'; attempt: LockedAttempt }
  | { kind: 'busy' | 'void' | 'refused' }

/** At most one request a job. Attempt rows are committed before anybody may send a byte. */
export async function claimJobs(tx: Sql, requests: ClaimRequest[]): Promise<Claim[]> {
  const locked = await lockJobs(
    tx,
    requests.map(({ jobId, worst }) => ({ id: jobId, worst })),
  )
  const booking = newBooking()
  const verdicts = requests.map((request) => judge(request, locked, booking))

  const pairs = requests.map((request, place) => ({ request, verdict: verdicts[place]! }))
  const fresh = pairs.filter(({ verdict }) => verdict.kind === 'fresh').map(({ request }) => request)
  const taken = pairs.flatMap(({ request, verdict }) =>
    verdict.kind === 'takeover' ? [{ id: verdict.attempt.id, request }] : [],
  )
  await Promise.all([
    ...(fresh.length > 0 ? [insertAttempts(tx, fresh), markRunning(tx, fresh, locked)] : []),
    ...(taken.length > 0 ? [takeLeases(tx, taken)] : []),
    writeBooking(tx, booking, locked),
  ])
  return answer(tx, pairs)
}

function judge(request: ClaimRequest, locked: Locked, booking: Booking): Verdict {
  const job = locked.jobs.get(request.jobId)
  if (!job) return { kind: 'void' }
  const live = locked.live.get(job.id)
  if (live?.claimedAs === request.attemptId) return { kind: 'repeated', attempt: live }
  if (hasEnded(job.status) || job.generation !== request.generation) return { kind: 'void' }
  if (live) return live.leaseValid ? { kind: 'busy' } : { kind: 'takeover', attempt: live }
  if (job.status !== 'dispatched') return { kind: 'void' }
  if (raise(booking, locked, job, request.worst, null)) return { kind: 'fresh' }
  giveBack(booking, job, null, refusedDelayMs)
  return { kind: 'refused' }
}

function insertAttempts(tx: Sql, requests: ClaimRequest[]) {
  return tx`
    insert into attempts (id, job_id, generation, provider, model, account, operation, state, lease_owner,
      lease_until, claimed_as, rule_id, price_version, worst_nano, simulated, plan_id)
    select "attemptId", "jobId", generation, provider, model, account, operation, 'submitting', owner,
      clock_timestamp() + "leaseMs" * interval '1 millisecond', "attemptId", "ruleId", "priceVersion", worst, simulated,
      (select plan_id from jobs where jobs.id = "jobId")
    from json_to_recordset(${asRows(requests)}::text::json)
      as r ("attemptId" text, "jobId" text, generation int, provider text, model text, account text, operation text,
        owner text, "leaseMs" float8, "ruleId" text, "priceVersion" bigint, worst bigint, simulated boolean)`
}

/** The hold may have been raised. */
function markRunning(tx: Sql, requests: ClaimRequest[], locked: Locked) {
  const rows = requests.map(({ jobId }) => ({ id: jobId, hold: locked.jobs.get(jobId)!.hold }))
  return tx`
    update jobs j set status = 'running', hold_nano = r.hold
    from json_to_recordset(${asRows(rows)}::text::json) as r (id text, hold bigint)
    where j.id = r.id`
}

function takeLeases(tx: Sql, taken: { id: string; request: ClaimRequest }[]) {
  const rows = taken.map(({ id, request: { owner, leaseMs, attemptId } }) => ({
    id,
    owner,
    leaseMs,
    attemptId,
  }))
  return tx`
    update attempts a set fence = a.fence + 1, lease_owner = r.owner, claimed_as = r."attemptId",
      lease_until = clock_timestamp() + r."leaseMs" * interval '1 millisecond', recover_after = '-infinity', unanswered = 0
    from json_to_recordset(${asRows(rows)}::text::json)
      as r (id text, owner text, "leaseMs" float8, "attemptId" text)
    where a.id = r.id`
}

async function answer(tx: Sql, pairs: { request: ClaimRequest; verdict: Verdict }[]): Promise<Claim[]> {
  const ids = pairs.flatMap(({ verdict }) => ('attempt' in verdict ? [verdict.attempt.id] : []))
  const rows =
    ids.length > 0 ? await tx<AttemptRecord[]>`select * from attempts where id = any(${ids}::text[])` : []
  const attempts = new Map(rows.map((row) => [row.id, toAttempt(row)]))
  return pairs.map(({ request: { attemptId }, verdict }): Claim => {
    if (verdict.kind === 'fresh') return { kind: 'claimed', attemptId, fence: 1n }
    if (!('attempt' in verdict)) return { kind: verdict.kind }
    const attempt = attempts.get(verdict.attempt.id)!
    return attempt.id === attemptId
      ? { kind: 'claimed', attemptId, fence: attempt.fence }
      : { kind: 'takeover', attempt, fence: attempt.fence }
  })
}
