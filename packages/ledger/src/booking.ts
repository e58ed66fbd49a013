import { type EndedStatus, type Nano, newId, type PublicError } from '@halftone/contracts'
import { fits } from './budget.ts'
import { LockMissing } from './failures.ts'
import type { EndedJob, Evidence, StoredImage } from './ledger.ts'
import type { Account, Locked, LockedAttempt, LockedJob } from './lock-jobs.ts'
import type { News } from './tell-news.ts'
import { crossings } from './thresholds.ts'

type Movement = 'hold' | 'raise' | 'release' | 'settle' | 'overrun' | 'resolve_paid' | 'resolve_free'
type Purse = 'available' | 'held' | 'spent'

const ways: Record<Movement, [from: Purse, to: Purse]> = {
  hold: ['available', 'held'],
  raise: ['available', 'held'],
  release: ['held', 'available'],
  settle: ['held', 'spent'],
  overrun: ['available', 'spent'],
  resolve_paid: ['held', 'spent'],
  resolve_free: ['held', 'available'],
}

export interface Entry {
  kind: Movement | 'absorbed'
  projectId: string
  bulkId: string | null
  jobId: string | null
  attemptId: string | null
  /** `operator`: money of ours, which no balance of the project shows. */
  from: Purse | 'operator'
  to: Purse | 'absorbed'
  nano: Nano
  priceVersion: bigint | null
}

export interface JobEnd {
  status: EndedStatus
  error: PublicError | null
  images?: StoredImage[]
  /** The attempt that ended it, if one did. */
  attempt?: LockedAttempt
  /** What the project is charged for that attempt; absent when nothing is charged or nobody knows. */
  cost?: Nano
}

/** All that one transaction will write about locked jobs. Pure: `writeBooking` brings it to Postgres. */
export interface Booking {
  entries: Entry[]
  /** Projects and bulks whose balances moved. */
  moved: Set<Account>
  attempts: {
    id: string
    state: 'settled' | 'released' | 'unknown'
    cost: Nano | null
    paid: boolean | null
    error: PublicError | null
  }[]
  ended: (EndedJob & { projectId: string; end: JobEnd; job: LockedJob; cost: Nano | null })[]
  /** Unknown attempts whose truth was found. */
  resolved: { id: string; cost: Nano; paid: boolean; evidence: Evidence }[]
  /** Jobs that a resolution changed without ending them. */
  changed: { job: LockedJob; images: StoredImage[] }[]
  returned: {
    id: string
    hold: Nano
    unknown: Nano
    absorbed: Nano
    rebuys: number
    avoid: string | null
    delayMs: number
  }[]
  /** What lots' lines would have cost at the live tier. */
  live: { id: string; live: Nano }[]
  /** Bulks of which jobs ended. */
  bulks: Set<string>
  news: News[]
}

export function newBooking(): Booking {
  return {
    entries: [],
    moved: new Set(),
    attempts: [],
    ended: [],
    resolved: [],
    changed: [],
    returned: [],
    live: [],
    bulks: new Set(),
    news: [],
  }
}

/** What the next attempt of this job may cost without a raise. */
function free(job: LockedJob): Nano {
  return job.hold - job.unknown
}

function accountsOf(locked: Locked, job: LockedJob): Account[] {
  const project = locked.projects.get(job.projectId)
  const bulk = job.bulkId === null ? null : locked.bulks.get(job.bulkId)
  if (!project || bulk === undefined) throw new LockMissing('the accounts of the job are not locked')
  return bulk ? [project, bulk] : [project]
}

export function move(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  kind: Movement,
  nano: Nano,
  attempt: LockedAttempt | null,
): void {
  const [from, to] = ways[kind]
  booking.entries.push({
    kind,
    projectId: job.projectId,
    bulkId: job.bulkId,
    jobId: job.id,
    attemptId: attempt?.id ?? null,
    from,
    to,
    nano,
    priceVersion: attempt?.priceVersion ?? null,
  })
  if (from === 'held') job.hold -= nano
  if (to === 'held') job.hold += nano
  const accounts = accountsOf(locked, job)
  for (const account of accounts) booking.moved.add(account)
  for (const account of [...accounts, ...chainOf(locked, job)]) {
    if (from === 'held') account.held -= nano
    if (to === 'held') account.held += nano
    if (to === 'spent') account.spent += nano
  }
  if (to !== 'spent') return
  for (const account of accounts) booking.news.push(...crossings(job.projectId, account, nano))
}

/** Its chain's money, if the chain has a limit. It has no row of its own. */
function chainOf(locked: Locked, { id, chainRoot, chainLimit }: LockedJob): Omit<Account, 'id'>[] {
  const chain = locked.chains.get(chainRoot ?? id)
  return chain ? [Object.assign(chain, { limit: chainLimit })] : []
}

/** Makes at least `worst` free for the job's next attempt. False, and nothing moved, if its ceiling or a budget refuses. */
export function raise(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  worst: Nano,
  attempt: LockedAttempt | null,
): boolean {
  const missing = worst - free(job)
  if (missing <= 0n) return true
  // a quoted job holds what was quoted, never more: the rest is the operator's risk
  if (job.overrunMax !== null) return job.absorbed + missing <= job.overrunMax
  if (job.ceiling !== null && job.hold + missing > job.ceiling) return false
  const accounts = [...accountsOf(locked, job), ...chainOf(locked, job)]
  if (!accounts.every((account) => fits(account, missing))) return false
  move(booking, locked, job, 'raise', missing, attempt)
  return true
}

/**
 * The attempt may have been paid: its worst stays inside the job's hold until somebody finds out. What exceeds the hold
 * of a quoted job counts as absorbed: the operator may turn out to have paid it.
 */
export function leaveUnknown(
  booking: Booking,
  job: LockedJob,
  attempt: LockedAttempt,
  error: PublicError,
): void {
  const kept = job.overrunMax !== null && attempt.worst > free(job) ? free(job) : attempt.worst
  job.unknown += kept
  job.absorbed += attempt.worst - kept
  booking.attempts.push({ id: attempt.id, state: 'unknown', cost: null, paid: null, error })
}

/** The attempt cost nothing. */
export function release(booking: Booking, attempt: LockedAttempt, error: PublicError | null): void {
  booking.attempts.push({ id: attempt.id, state: 'released', cost: 0n, paid: false, error })
}

/**
 * Held → spent, at most what the job holds for this attempt; what exceeds it is an overrun, budget or not: it is spent.
 * A quote's overrun is absorbed instead. Answers what the project is charged.
 */
export function settle(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  cost: Nano,
  error: PublicError | null,
): Nano {
  booking.attempts.push({ id: attempt.id, state: 'settled', cost, paid: true, error })
  if (job.overrunMax !== null) return settleQuoted(booking, locked, job, attempt, cost)
  const covered = cost < free(job) ? cost : free(job)
  move(booking, locked, job, 'settle', covered, attempt)
  if (cost > covered) move(booking, locked, job, 'overrun', cost - covered, attempt)
  return cost
}

/**
 * The project pays for the picture it gets, and at most what was quoted. So what lost calls of this job keep of the hold
 * serves first for the one that came back: whether those were paid is then the operator's matter.
 */
function settleQuoted(
  booking: Booking,
  locked: Locked,
  job: LockedJob,
  attempt: LockedAttempt,
  cost: Nano,
): Nano {
  const charged = cost < job.hold ? cost : job.hold
  const freed = charged > free(job) ? charged - free(job) : 0n
  job.unknown -= freed
  job.absorbed += freed
  move(booking, locked, job, 'settle', charged, attempt)
  absorb(booking, job, attempt, cost - charged)
  return charged
}

/** What the operator pays of a quoted job. */
export function absorb(booking: Booking, job: LockedJob, attempt: LockedAttempt, nano: Nano): void {
  if (nano <= 0n) return
  job.absorbed += nano
  booking.entries.push({
    kind: 'absorbed',
    projectId: job.projectId,
    bulkId: job.bulkId,
    jobId: job.id,
    attemptId: attempt.id,
    from: 'operator',
    to: 'absorbed',
    nano,
    priceVersion: attempt.priceVersion,
  })
}

/** Back to be planned again, not before `delayMs`. */
export function giveBack(booking: Booking, job: LockedJob, avoid: string | null, delayMs: number): void {
  const { id, hold, unknown, absorbed, rebuys } = job
  booking.returned.push({ id, hold, unknown, absorbed, rebuys, avoid, delayMs })
}

/** Ends the job: frees what no unknown attempt keeps, tells its webhook, and closes the bulk with its last job. */
export function end(booking: Booking, locked: Locked, job: LockedJob, how: JobEnd): void {
  if (free(job) > 0n) move(booking, locked, job, 'release', free(job), how.attempt ?? null)
  const known = how.cost ?? (job.unknown > 0n ? null : 0n)
  const cost = known === null ? null : known + job.resolved
  booking.ended.push({ jobId: job.id, bulkId: job.bulkId, projectId: job.projectId, end: how, job, cost })
  job.status = how.status
  job.cost = cost
  tellOf(booking, job, how.status)
  if (job.bulkId !== null) endOneOf(booking, locked, job.bulkId)
}

export function tellOf(booking: Booking, job: LockedJob, event: EndedStatus | 'resolved'): void {
  job.sequence++
  booking.news.push({
    id: newId('message'),
    projectId: job.projectId,
    type: `image.job.${event}`,
    jobId: job.id,
    bulkId: job.bulkId,
    sequence: job.sequence,
    url: job.webhookUrl,
    endpointId: job.webhookEndpointId,
    data: null,
  })
}

function endOneOf(booking: Booking, locked: Locked, bulkId: string): void {
  const bulk = locked.bulks.get(bulkId)
  if (!bulk) throw new LockMissing('the bulk of the job is not locked')
  booking.bulks.add(bulkId)
  bulk.ended++
  if (bulk.ended < bulk.total) return
  bulk.status = bulk.cancelRequested ? 'canceled' : 'completed'
  booking.news.push({
    id: newId('message'),
    projectId: bulk.projectId,
    type: 'image.bulk.completed',
    jobId: null,
    bulkId,
    sequence: 1,
    url: bulk.webhookUrl,
    endpointId: bulk.webhookEndpointId,
    data: null,
  })
}
