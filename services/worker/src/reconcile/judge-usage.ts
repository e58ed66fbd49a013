import type { CountedCall } from '@halftone/ledger'
import { type Span, spanOf, type WindowOptions } from './usage-window.ts'

export type UsageVerdict =
  /** So many of the unknown calls of this window were paid, without a doubt. `members`: all of them, oldest first. */
  { kind: 'paid'; paid: number; members: CountedCall[] } | { kind: 'doubt'; why: string }

/**
 * Paid calls of unknown outcome = what the provider counted − what we settled. A call that an edge of the window cuts
 * through, or that is still live, may be in the count or not; if that leaves more than one answer, there is none. Pure.
 */
export function judgeUsage(
  calls: readonly CountedCall[],
  counted: { requests: number; images: number },
  window: Span,
  options: WindowOptions,
): UsageVerdict {
  const inside: CountedCall[] = []
  let cut = 0
  for (const call of calls) {
    const span = spanOf(call, options)
    if (span.to <= window.from || span.from >= window.to) continue
    if (span.from >= window.from && span.to <= window.to) inside.push(call)
    else cut++
  }
  const settled = inside.filter(({ state }) => state === 'paid')
  const members = inside
    .filter(({ state }) => state === 'unknown')
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
  const most = counted.requests - settled.length
  const least = most - cut
  const says = `the provider counts ${counted.requests}, ${settled.length} are settled, ${members.length} unknown, ${cut} at the edge`
  if (most < 0) return { kind: 'doubt', why: `${says}: it counts too few` }
  if (least > members.length) return { kind: 'doubt', why: `${says}: somebody else uses this key` }
  const [from, to] = [Math.max(0, least), Math.min(members.length, most)]
  if (from !== to) return { kind: 'doubt', why: `${says}: ${from} to ${to} were paid` }
  if (cut === 0 && !imagesFit(settled, members, from, counted.images))
    return { kind: 'doubt', why: `${says}: the pictures do not add up` }
  return { kind: 'paid', paid: from, members }
}

/** Where the unknown calls asked for different numbers of pictures, only all or none of them can be checked. */
function imagesFit(
  settled: readonly CountedCall[],
  members: readonly CountedCall[],
  paid: number,
  images: number,
): boolean {
  const sum = (list: readonly CountedCall[]) => list.reduce((total, { n }) => total + n, 0)
  const left = images - sum(settled)
  if (paid === 0) return left === 0
  if (paid === members.length) return left === sum(members)
  return new Set(members.map(({ n }) => n)).size > 1 || left === paid * members[0]!.n
}
