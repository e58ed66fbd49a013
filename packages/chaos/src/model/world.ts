import type { AttemptState, BulkStatus, EndedStatus, JobStatus } from '@halftone/contracts'

/** What one project should look like: a second, plain telling of the ledger's rules, with nothing shared but words. */
export interface World {
  project: Purse
  bulks: Bulk[]
  jobs: Job[]
  attempts: Attempt[]
  keys: { key: string; body: number; answer: string }[]
  quotes: { id: string; usedBy: string | null }[]
  /** The provider's own books, which no rule of ours writes. */
  books: { attempt: string; nano: bigint }[]
  /** What a picture costs now, at the provider and in the price book. */
  price: bigint
}

export interface Purse {
  limit: bigint | null
  held: bigint
  spent: bigint
}

interface Bulk extends Purse {
  id: string
  status: BulkStatus
  total: number
  ended: number
  cancelRequested: boolean
  tells: boolean
}

export interface Job {
  id: string
  bulk: string | null
  status: JobStatus
  pool: string | null
  generation: number
  recoveries: number
  cancelRequested: boolean
  hold: bigint
  unknown: bigint
  ceiling: bigint | null
  quoted: bigint | null
  overrunMax: bigint | null
  absorbed: bigint
  /** What its resolved attempts were charged. */
  resolved: bigint
  rebuys: number
  /** Of resolved attempts. */
  pictures: number
  cost: bigint | null
  sequence: number
  tells: boolean
}

export interface Attempt {
  id: string
  job: string
  state: AttemptState
  fence: bigint
  worst: bigint
  cost: bigint | null
  owner: string
  /** The claim that holds it. */
  claimedAs: string
  leaseValid: boolean
  recoveredFence: bigint
  /** Tickets for a takeover that nobody took. */
  unanswered: number
  ref: string | null
  /** Workers that believe it is theirs. */
  mine: string[]
  sent: boolean
  /** Resolved by what its own call did answer in the end. */
  cameLate: boolean
  /** How the job ended with it; null if the job went on. */
  endedJob: EndedStatus | null
}

export function newWorld(limit: bigint | null, price: bigint): World {
  const project = { limit, held: 0n, spent: 0n }
  return { project, bulks: [], jobs: [], attempts: [], keys: [], quotes: [], books: [], price }
}

export const ended = ({ status }: Job) =>
  status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'expired'
export const waits = (job: Job) => !ended(job) && job.status !== 'running'
export const isLive = ({ state }: Attempt) => state === 'submitting' || state === 'submitted'

export function jobOf(world: World, id: string): Job {
  return found(world.jobs.find((job) => job.id === id))
}

export function attemptOf(world: World, id: string): Attempt {
  return found(world.attempts.find((attempt) => attempt.id === id))
}

export function liveOf(world: World, job: string): Attempt | undefined {
  return world.attempts.find((attempt) => attempt.job === job && isLive(attempt))
}

/** What the provider charged for an attempt. */
export function paidFor(world: World, attempt: string): bigint | null {
  const entries = world.books.filter((entry) => entry.attempt === attempt)
  return entries.length === 0 ? null : entries.reduce((sum, { nano }) => sum + nano, 0n)
}

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('the model was asked for what it never made')
  return thing
}
