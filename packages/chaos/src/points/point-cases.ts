import { type CrashPoint, crashPoints } from '@halftone/contracts'

/** What happens to the process that stands at the point, or to what it stands on. */
export const strikes = ['kill', 'pause', 'redis-wipe', 'postgres-kill', 'cut'] as const
export type Strike = (typeof strikes)[number]

/** sync: OpenAI's way, where nobody can ask for a lost answer; async: Replicate's, where the call can be found again. */
export const kinds = ['sync', 'async'] as const
export type Kind = (typeof kinds)[number]

/** How a job may end here: with its picture, or given up because nobody knows whether it was paid. */
export type End = 'succeeded' | 'unknown'

export interface PointCase {
  point: CrashPoint
  strike: Strike
  kind: Kind
  /** Which of these is the outcome is fixed by who is first, where there are two. */
  ends: readonly End[]
  /** From the post to the end told, with all that waits for leases and restarts. */
  withinMs: number
}

/** Where the intent may be committed while nothing was sent: a lease that runs out there proves nothing. */
const claimed: readonly CrashPoint[] = ['during-claim-commit', 'after-claim']
/** Where the request is on its way, or its answer is. */
const atProvider: readonly CrashPoint[] = [
  'mid-request',
  'request-unpaid',
  'paid-unanswered',
  'mid-body',
  'after-answer',
]

const sure: readonly End[] = ['succeeded']
const lost: readonly End[] = ['unknown']
/** The store comes back before or after the lease runs out; the picture may or may not be found. */
const either: readonly End[] = ['succeeded', 'unknown']

/** The outcome that is promised for a strike at a point. Payments are at most one, whatever it is. */
function endsOf(point: CrashPoint, strike: Strike, kind: Kind): readonly End[] {
  if (point === 'during-resolve') return lost
  const loses = strike === 'kill' || strike === 'pause'
  const waits = strike === 'postgres-kill' || strike === 'pause'
  // who wakes from a pause may be in time
  if (claimed.includes(point)) return strike === 'kill' ? lost : waits ? either : sure
  if (atProvider.includes(point)) {
    if (strike === 'redis-wipe') return sure
    if (kind === 'async') return point === 'mid-request' || strike === 'postgres-kill' ? either : sure
    if (waits) return either
    if (strike === 'cut') return point === 'after-answer' ? sure : lost
    return lost
  }
  if (point === 'after-store' || point === 'during-settle-commit') {
    if (kind === 'async' || strike === 'redis-wipe' || strike === 'cut') return sure
    if (point === 'during-settle-commit' && loses) return sure
    return either
  }
  return sure
}

const usualMs = 30_000
/** A ticket in a dead worker's hands is anybody's only when its lock in the queue ran out; a message likewise. */
const lockMs = 75_000
const locked: readonly string[] = ['before-claim/kill', 'after-settle/postgres-kill']

function caseOf(point: CrashPoint, strike: Strike, kind: Kind): PointCase {
  const withinMs = locked.includes(`${point}/${strike}`) ? lockMs : usualMs
  return { point, strike, kind, ends: endsOf(point, strike, kind), withinMs }
}

/** All 160. */
export function allCases(): PointCase[] {
  return crashPoints.flatMap((point) =>
    strikes.flatMap((strike) => kinds.map((kind) => caseOf(point, strike, kind))),
  )
}

/** Each point under one strike; ten seeds in a row go through all ten pairs of strike and kind. */
export function rotatingCases(seed: number): PointCase[] {
  return crashPoints.map((point, i) => {
    const turn = i * 3 + seed
    return caseOf(
      point,
      strikes[turn % strikes.length] ?? 'kill',
      kinds[Math.floor(turn / strikes.length) % kinds.length] ?? 'sync',
    )
  })
}
