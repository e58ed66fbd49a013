import type { Candidate, Offer } from '@halftone/contracts'
import { type Exclusion, tenths, timeStage } from './exclusion.ts'
import type { Entry, Slate } from './slate.ts'

/** What differs from job to job of one shape. */
export interface Now {
  dueMs: number
  /** How long a new job would wait for this offer. A snapshot: asked again, it answers the same. */
  waitOf(offer: Offer): number
}

/** `saves-nothing`: a lot that does not beat the cheapest at the live tier. */
type Lateness = 'past-deadline' | 'past-latency' | 'saves-nothing'

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
  leaveIdleLots(pool, fit, late)
  if (pool.length > 0 || latency?.onMiss !== 'run') return { pool, late, latencyMissed: false }
  for (const [entry, lateness] of late)
    if (lateness === 'past-latency') {
      pool.push(behind(entry, waitOf(entry.offer)))
      late.delete(entry)
    }
  return { pool, late, latencyMissed: pool.length > 0 }
}

/** Waiting must pay: by whatever policy, a lot is chosen only if nobody at the live tier is as cheap. */
function leaveIdleLots(pool: Candidate[], fit: readonly Entry[], late: Map<Entry, Lateness>): void {
  if (!pool.some(({ batch }) => batch)) return
  let least: bigint | null = null
  for (const { batch, cost_nano } of pool)
    if (!batch && cost_nano !== null && (least === null || cost_nano < least)) least = cost_nano
  if (least === null) return
  for (const entry of fit) {
    const { candidate } = entry
    if (!candidate.batch || late.has(entry) || candidate.cost_nano === null || candidate.cost_nano < least)
      continue
    pool.splice(pool.indexOf(candidate), 1)
    late.set(entry, 'saves-nothing')
  }
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
  if (lateness === 'saves-nothing') {
    const reason = 'a batch here saves nothing: somebody is as cheap without waiting'
    return { kind: 'unfit', stage: timeStage, reason }
  }
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
