import type { CountedCall } from '@halftone/ledger'

export interface Span {
  from: number
  to: number
}

const minuteMs = 60_000
/** How far the edges are moved to find a minute in which no call was out. */
const minutesMax = 60

export interface WindowOptions {
  /** How far the provider's clock may be off ours. */
  skewMs: number
  /** How long the provider may have worked on a call after we gave it up. */
  callMs: number
  /** The usage report is whole up to here. */
  until: number
}

/** When the provider may have counted a call, by our clock. */
export function spanOf(call: CountedCall, { skewMs, callMs }: WindowOptions): Span {
  const started = call.startedAt.getTime()
  const finished = call.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY
  const ended = call.state === 'unknown' ? Math.max(finished, started + callMs) : finished
  return { from: started - skewMs, to: ended + skewMs }
}

/**
 * Whole minutes around an unknown call, with edges that cut through as few other calls as can be: each that an edge cuts
 * through may have been counted or not. Null: the report does not reach that far yet. Pure.
 */
export function chooseWindow(
  unknown: CountedCall,
  calls: readonly CountedCall[],
  options: WindowOptions,
): Span | null {
  const own = spanOf(unknown, options)
  const spans = calls.map((call) => spanOf(call, options))
  const latest = floor(options.until)
  const first = { from: floor(own.from), to: ceil(own.to) }
  if (first.to > latest) return null
  const from = quietest(first.from, -minuteMs, Number.NEGATIVE_INFINITY, spans)
  const to = quietest(first.to, minuteMs, latest, spans)
  return { from, to }
}

function quietest(start: number, step: number, last: number, spans: readonly Span[]): number {
  let best = { at: start, cut: Number.POSITIVE_INFINITY }
  for (let moved = 0; moved <= minutesMax; moved++) {
    const at = start + moved * step
    if (step > 0 && at > last) break
    const cut = spans.filter((span) => span.from < at && at < span.to).length
    if (cut < best.cut) best = { at, cut }
    if (cut === 0) break
  }
  return best.at
}

function floor(ms: number): number {
  return Math.floor(ms / minuteMs) * minuteMs
}

function ceil(ms: number): number {
  return Math.ceil(ms / minuteMs) * minuteMs
}
