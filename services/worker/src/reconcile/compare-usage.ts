import { modelKey } from '@halftone/contracts'
import type { CountedCall, Evidence, Reconciliation, Resolution } from '@halftone/ledger'
import type { ImageProvider, UsageCount } from '@halftone/providers'
import type { Attempt } from '../attempt.ts'
import { costOf } from '../cost-of.ts'
import type { Dependencies } from '../dependencies.ts'
import { judgeUsage } from './judge-usage.ts'
import { chooseWindow, type Span, spanOf, type WindowOptions } from './usage-window.ts'

const aroundMs = 90 * 60_000

/** What one look at a window of the usage report came to. */
export type Compared =
  | { kind: 'resolved'; resolutions: Resolution[] }
  | { kind: 'open'; attemptIds: string[]; evidence: Evidence }

export interface CompareDependencies extends Dependencies {
  reconciliation: Pick<Reconciliation, 'callsBetween'>
}

/**
 * Holds the provider's own count against ours, window by window, for attempts that nothing else can tell about. A count
 * is believed once it was read twice, some time apart: reports come late, and may come in part.
 */
export async function compareUsage(
  provider: ImageProvider,
  attempts: readonly Attempt[],
  deps: CompareDependencies,
): Promise<Compared[]> {
  const compared: Compared[] = []
  const done = new Set<string>()
  for (const attempt of attempts) {
    if (done.has(attempt.id)) continue
    const result = await compareOne(provider, attempt, attempts, deps)
    if (!result) continue
    compared.push(result)
    const ids =
      result.kind === 'open' ? result.attemptIds : result.resolutions.map(({ attemptId }) => attemptId)
    for (const id of ids) done.add(id)
  }
  return compared
}

/** null: the report does not reach this attempt yet. */
async function compareOne(
  provider: ImageProvider,
  attempt: Attempt,
  attempts: readonly Attempt[],
  deps: CompareDependencies,
): Promise<Compared | null> {
  const { settings } = deps
  const options: WindowOptions = {
    skewMs: settings.usageSkewMs,
    callMs: settings.callTimeoutMs,
    until: deps.clock() - settings.lagMs,
  }
  const started = attempt.startedAt.getTime()
  const near = await deps.reconciliation.callsBetween(
    provider.id,
    new Date(started - aroundMs),
    new Date(started + aroundMs),
  )
  const calls = near.filter(alike(attempt, deps))
  const own = calls.find(({ attemptId }) => attemptId === attempt.id)
  const window = own && chooseWindow(own, calls, options)
  if (!window || !provider.usage) return null
  const signal = AbortSignal.timeout(settings.callTimeoutMs)
  const counts = await provider.usage(new Date(window.from), new Date(window.to), signal)
  const counted = sumOf(counts, attempt)
  const reading = { ...windowOf(window), ...counted }
  const attemptIds = calls.filter((call) => isInside(call, window, options)).map((call) => call.attemptId)
  const open = (says: string, at = deps.clock()): Compared => ({
    kind: 'open',
    attemptIds,
    evidence: { by: 'usage', says, detail: { ...reading, at } },
  })
  const first = firstReading(attempt, reading)
  if (first === null) return open('counted once; counted again soon')
  if (deps.clock() - first < settings.reconcileMs) return open('counted once; counted again soon', first)
  const verdict = judgeUsage(calls, counted, window, options)
  if (verdict.kind === 'doubt') return open(verdict.why, first)
  return resolveMembers(verdict.members, verdict.paid, attempts, reading, deps, open)
}

function isInside(call: CountedCall, window: Span, options: WindowOptions): boolean {
  const { from, to } = spanOf(call, options)
  return call.state === 'unknown' && from >= window.from && to <= window.to
}

type Detail = NonNullable<Evidence['detail']>

/** Of `paid` among `members`: which of them does not matter if they cost the same; else all or none. */
async function resolveMembers(
  members: readonly CountedCall[],
  paid: number,
  attempts: readonly Attempt[],
  reading: Detail,
  deps: Dependencies,
  open: (says: string) => Compared,
): Promise<Compared> {
  const known = new Map(attempts.map((one) => [one.id, one]))
  const costs: bigint[] = []
  for (const { attemptId } of members) {
    const attempt = known.get(attemptId)
    if (!attempt) return open(`${attemptId}, of the same window, has a model that this process does not know`)
    costs.push(await costOf(attempt, attempt.request.n, {}, deps))
  }
  const all = paid === 0 || paid === members.length
  if (!all && new Set(costs).size > 1)
    return open(`${paid} of ${members.length} were paid, at different prices: nobody can say which`)
  const says = all
    ? `the provider counted ${paid === 0 ? 'none' : 'all'} of ${members.length}`
    : `the provider counted ${paid} of ${members.length} of one price: the oldest are taken for them`
  const resolutions = members.map(({ attemptId }, place): Resolution => {
    const isPaid = place < paid
    return {
      attemptId,
      outcome: isPaid ? 'paid' : 'free',
      cost: isPaid ? costs[place]! : 0n,
      images: [],
      evidence: { by: 'usage', says, detail: { ...reading, paid, unknown: members.length } },
    }
  })
  return { kind: 'resolved', resolutions }
}

/** Calls that the report counts together: the same model as it is named on the wire, and the same size. */
function alike({ spec, request }: Attempt, { market }: Dependencies): (call: CountedCall) => boolean {
  const wire = spec.wire.model ?? spec.model
  const models = market().models.filter(
    (model) => model.provider === spec.provider && (model.wire.model ?? model.model) === wire,
  )
  const keys = new Set(models.map(modelKey))
  const size = `${request.width}x${request.height}`
  return (call) => keys.has(`${spec.provider}/${call.model}`) && call.size === size
}

function sumOf(
  counts: readonly UsageCount[],
  { spec, request }: Attempt,
): { requests: number; images: number } {
  const wire = spec.wire.model ?? spec.model
  const size = `${request.width}x${request.height}`
  const own = counts.filter((count) => count.model === wire && count.size === size)
  return {
    requests: own.reduce((sum, { requests }) => sum + requests, 0),
    images: own.reduce((sum, { images }) => sum + images, 0),
  }
}

function windowOf({ from, to }: Span): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

/** When the report said the same for the first time (epoch ms); null: it says so now for the first time. */
function firstReading({ job }: Attempt, reading: Detail): number | null {
  const before = job.liveAttempt?.evidence?.detail
  const isSame = before !== undefined && Object.keys(reading).every((name) => before[name] === reading[name])
  return isSame && typeof before.at === 'number' ? before.at : null
}
