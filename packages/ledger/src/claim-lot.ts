import { poolOf } from '@halftone/contracts'
import { giveBack, newBooking, raise } from './booking.ts'
import { asRows, type Sql } from './database.ts'
import type { LotClaim, LotLine, LotRow } from './ledger.ts'
import { lockJobs } from './lock-jobs.ts'
import { lotColumns } from './lots.ts'
import { writeBooking } from './write-booking.ts'

/** A job whose hold may not be raised waits this long, so that it is planned at what is held. */
const refusedDelayMs = 1_000

/** The lot's row first, then as every verb locks. Attempt rows are committed before anybody may send a byte. */
export async function claimLot(tx: Sql, claim: LotClaim): Promise<{ attemptIds: string[] } | null> {
  const { lotId, fence, lines } = claim
  const [lot] = await tx<LotRow[]>`
    select ${lotColumns(tx)} from lots where id = ${lotId} and fence = ${fence} for no key update`
  if (!lot) return null
  if (lot.state !== 'collecting') return repeated(tx, lot)
  const locked = await lockJobs(
    tx,
    lines.map(({ jobId, worst }) => ({ id: jobId, worst })),
  )
  const pool = poolOf({ provider: lot.provider, batch: true })
  const booking = newBooking()
  const going: (LotLine & { hold: bigint })[] = []
  for (const line of lines) {
    const job = locked.jobs.get(line.jobId)
    if (job?.status !== 'classified' || job.pool !== pool || job.generation !== line.generation) continue
    if (raise(booking, locked, job, line.worst, null)) going.push({ ...line, hold: job.hold })
    else giveBack(booking, job, null, refusedDelayMs)
  }
  await Promise.all([
    ...(going.length > 0 ? [insertLines(tx, lot, going, claim.simulated), markRunning(tx, going)] : []),
    writeBooking(tx, booking, locked),
  ])
  if (going.length === 0) return { attemptIds: [] }
  await tx`
    update lots set state = 'submitting', lines = ${going.length}, return_by = ${claim.returnBy}, closed_at = now()
    where id = ${lotId}`
  return { attemptIds: going.map(({ attemptId }) => attemptId) }
}

async function repeated(tx: Sql, { id }: LotRow): Promise<{ attemptIds: string[] }> {
  const rows = await tx<{ id: string }[]>`select id from attempts where lot_id = ${id} order by id`
  return { attemptIds: rows.map((row) => row.id) }
}

/** Their leases never run out by themselves: the lot's does. */
function insertLines(tx: Sql, lot: LotRow, lines: LotLine[], simulated: boolean) {
  return tx`
    insert into attempts (id, job_id, generation, provider, model, account, operation, state, fence, lease_until,
      claimed_as, rule_id, price_version, worst_nano, simulated, plan_id, lot_id)
    select "attemptId", "jobId", generation, ${lot.provider}, ${lot.model}, ${lot.account}, operation, 'submitting',
      ${lot.fence}, 'infinity', "attemptId", "ruleId", "priceVersion", worst, ${simulated},
      (select plan_id from jobs where jobs.id = "jobId"), ${lot.id}
    from json_to_recordset(${asRows(lines)}::text::json)
      as r ("attemptId" text, "jobId" text, generation int, operation text, "ruleId" text, "priceVersion" bigint,
        worst bigint)`
}

function markRunning(tx: Sql, lines: { jobId: string; hold: bigint }[]) {
  return tx`
    update jobs j set status = 'running', hold_nano = r.hold, dispatched_at = now()
    from json_to_recordset(${asRows(lines)}::text::json) as r ("jobId" text, hold bigint)
    where j.id = r."jobId"`
}
