import type { EndedStatus } from '@halftone/contracts'
import { type Attempt, ended, type Job, type Purse, type World } from './world.ts'

// How money should move. Written from the promises, not from the ledger's code: what both agree on is likely right.

function pursesOf(world: World, job: Job): Purse[] {
  return [world.project, ...world.bulks.filter(({ id }) => id === job.bulk)]
}

export function fits(purse: Purse, nano: bigint): boolean {
  return purse.limit === null || purse.held + purse.spent + nano <= purse.limit
}

function hold(world: World, job: Job, nano: bigint): void {
  job.hold += nano
  for (const purse of pursesOf(world, job)) purse.held += nano
}

function spend(world: World, job: Job, nano: bigint): void {
  for (const purse of pursesOf(world, job)) purse.spent += nano
}

const free = (job: Job) => job.hold - job.unknown
const least = (a: bigint, b: bigint) => (a < b ? a : b)

/** Makes room for an attempt that may cost `worst`; false if somebody's limit refuses. */
export function raise(world: World, job: Job, worst: bigint): boolean {
  const missing = worst - free(job)
  if (missing <= 0n) return true
  if (job.overrunMax !== null) return job.absorbed + missing <= job.overrunMax
  if (job.ceiling !== null && job.hold + missing > job.ceiling) return false
  if (!pursesOf(world, job).every((purse) => fits(purse, missing))) return false
  hold(world, job, missing)
  return true
}

export function leaveUnknown(job: Job, attempt: Attempt): void {
  attempt.state = 'unknown'
  const kept = job.overrunMax === null ? attempt.worst : least(attempt.worst, free(job))
  job.unknown += kept
  job.absorbed += attempt.worst - kept
}

export function release(attempt: Attempt): void {
  attempt.state = 'released'
  attempt.cost = 0n
}

/** Answers what the project is charged. */
export function settle(world: World, job: Job, attempt: Attempt, cost: bigint): bigint {
  attempt.state = 'settled'
  attempt.cost = cost
  if (job.overrunMax === null) {
    hold(world, job, -least(cost, free(job)))
    spend(world, job, cost)
    return cost
  }
  const charged = least(cost, job.hold)
  const freed = charged > free(job) ? charged - free(job) : 0n
  job.unknown -= freed
  job.absorbed += freed + (cost - charged)
  hold(world, job, -charged)
  spend(world, job, charged)
  return charged
}

export function giveBack(job: Job): void {
  job.status = 'classified'
  job.pool = null
}

/** `cost`: what the project is charged for the last attempt; undefined if that is not known, or nothing. */
export function endJob(world: World, job: Job, status: EndedStatus, cost?: bigint): void {
  hold(world, job, -free(job))
  const known = cost ?? (job.unknown > 0n ? null : 0n)
  job.cost = known === null ? null : known + job.resolved
  job.status = status
  job.sequence++
  const bulk = world.bulks.find(({ id }) => id === job.bulk)
  if (!bulk) return
  bulk.ended++
  if (bulk.ended === bulk.total) bulk.status = bulk.cancelRequested ? 'canceled' : 'completed'
}

export function holdNew(world: World, job: Job, nano: bigint): void {
  job.hold = 0n
  hold(world, job, nano)
}

/** The truth about an unknown attempt: what it kept is spent or given back. `cost` null: it was free. */
export function resolve(world: World, job: Job, attempt: Attempt, cost: bigint | null): void {
  const owed = cost ?? 0n
  const quoted = job.overrunMax !== null
  const kept = quoted ? least(attempt.worst, job.unknown) : attempt.worst
  const charged = quoted ? least(owed, kept) : owed
  const covered = least(charged, kept)
  // a quoted job that goes on holds the rest of what was quoted
  const freed = quoted && !ended(job) ? 0n : kept - covered
  hold(world, job, -(covered + freed))
  spend(world, job, charged)
  job.unknown -= kept
  job.absorbed += owed - charged - (attempt.worst - kept)
  job.resolved += charged
  attempt.state = 'resolved'
  attempt.cost = owed
  if (!ended(job)) return
  if (job.cost !== null) job.cost += charged
  else if (job.unknown === 0n) job.cost = job.resolved
}
