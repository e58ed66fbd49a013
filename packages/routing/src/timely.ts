import type { Candidate, Offer } from '@halftone/contracts'
import { type Exclusion, tenths, timeStage } from './exclusion.ts'
import type { Entry, Slate } from './slate.ts'

/** What differs from job to job of one shape. */
export interface Now {
  dueMs: number
  /** How long a new job would wait for this offer. A snapshot: asked again, it answers the same. */
  waitOf(offer: Offer): number
}

type Lateness = 'past-deadline' | 'past-latency'

export interface Timely {
  /** Who may do it, with the times they would need now. */
  pool: Candidate[]
  late: ReadonlyMap<Entry, Lateness>
  /** Nobody can meet the latency under this load, and the caller wants it done: the pool is late. */
  latencyMissed: boolean
}

/** Parts those that are in time from those that are not. Every job comes by here, so words are left for later. */
export function timely({ fit, request: { latency } }: Slate, { dueMs, waitOf }: Now): Timely {
  const pool: Candidate[] = []
  const late = new Map<Entry, Lateness>()
  for (const entry of fit) {
    const waitMs = waitOf(entry.offer)
    const neededMs = entry.offer.latencyMs + waitMs
    if (neededMs > dueMs) late.set(entry, 'past-deadline')
    else if (latency !== null && neededMs > latency.maxMs) late.set(entry, 'past-latency')
    else pool.push(behind(entry, waitMs))
  }
  if (pool.length > 0 || latency?.onMiss !== 'run') return { pool, late, latencyMissed: false }
  for (const [entry, lateness] of late)
    if (lateness === 'past-latency') {
      pool.push(behind(entry, waitOf(entry.offer)))
      late.delete(entry)
    }
  return { pool, late, latencyMissed: pool.length > 0 }
}

/** The candidate with the time that it would need behind this queue. */
export function behind({ offer, candidate }: Entry, waitMs: number): Candidate {
  return waitMs === 0 ? candidate : { ...candidate, expected_ms: Math.round(offer.latencyMs + waitMs) }
}

/** A candidate that may not be chosen, and why. */
export interface TurnedAway {
  candidate: Candidate
  exclusion: Exclusion
}

export function turnedAway(slate: Slate, now: Now, late: Timely['late']): TurnedAway[] {
  return slate.entries.flatMap((entry) => {
    const lateness = late.get(entry)
    const exclusion = lateness ? inWords(lateness, entry.offer, slate, now) : entry.exclusion
    if (!exclusion) return []
    const candidate = behind(entry, now.waitOf(entry.offer))
    return [{ candidate: { ...candidate, eligible: false, reason: exclusion.reason }, exclusion }]
  })
}

function inWords(lateness: Lateness, offer: Offer, { request }: Slate, { dueMs, waitOf }: Now): Exclusion {
  const waitMs = waitOf(offer)
  const work = tenths(offer.latencyMs)
  if (lateness === 'past-latency') {
    const allowed = tenths(request.latency?.maxMs ?? 0)
    const reason = `takes about ${work} (p95) after ${tenths(waitMs)} of queue, and ${allowed} are allowed`
    return { kind: 'late', stage: timeStage + 1, reason }
  }
  const queue = `about ${Math.round(waitMs / 1000)} s of queue`
  const left = tenths(Math.max(0, dueMs))
  const reason = `would finish after the deadline: ${queue} and ${work} of work, ${left} are left`
  return { kind: 'unfit', stage: timeStage, reason }
}
