import { admitsMask, avoidBatch, modelKey, type Offer, toUsd } from '@halftone/contracts'
import { tooBadFor } from './affinity.ts'
import { cannotMake } from './can-make.ts'
import type { RouteMarket, RouteRequest } from './types.ts'

/**
 * Why an offer may not be chosen. `displaced`: it could do it, were it not out for now. `late`: it could do it in
 * time, were there no queue. Checks come in a fixed order; `stage` is how far the offer got.
 */
export interface Exclusion {
  kind: 'unfit' | 'displaced' | 'late'
  stage: number
  reason: string
}

type Check = (offer: Offer, route: RouteRequest, market: RouteMarket) => string | null

const unfit: Check[] = [
  notAskedFor,
  (offer) => (offer.configured ? null : 'no key is configured'),
  retired,
  wrongTier,
  (offer, { request }) => cannotMake(offer.spec, request),
  (offer) => (offer.cost === null ? unknownPrice(offer) : null),
  ownMask,
  undiscounted,
  tooBadFor,
  tooDear,
  tooSlow,
]
const displaced: Check[] = [
  stalePrices,
  ({ poolState }) => (poolState === undefined ? null : `${poolState} by the operator`),
  (offer, { avoid }) => (names(avoid, offer) ? 'already failed this job' : null),
  brokenOff,
]

/** The stage of the quality check: the price of what is turned away there is known. */
export const qualityStage = unfit.indexOf(tooBadFor)

/** The stage of the price and budget checks: offers that got there can do the job, at a known price. */
export const budgetStage = unfit.indexOf(tooDear)

const checks: { kind: Exclusion['kind']; check: Check }[] = [
  ...unfit.map((check) => ({ kind: 'unfit' as const, check })),
  ...displaced.map((check) => ({ kind: 'displaced' as const, check })),
]

/** The stage after all these checks: only time is left to speak against an offer. */
export const timeStage = checks.length

/** What speaks against an offer whatever waits for it and however soon the job is due. */
export function exclusionOf(offer: Offer, route: RouteRequest, market: RouteMarket): Exclusion | null {
  for (let stage = 0; stage < checks.length; stage++) {
    const { kind, check } = checks[stage]!
    const reason = check(offer, route, market)
    if (reason !== null) return { kind, stage, reason }
  }
  return null
}

/** Whether a list of provider ids and provider/model keys holds this offer. */
function names(list: readonly string[], { spec }: Offer): boolean {
  return list.length > 0 && (list.includes(spec.provider) || list.includes(modelKey(spec)))
}

function notAskedFor(offer: Offer, { model, allow, deny }: RouteRequest): string | null {
  if (model !== null && model !== modelKey(offer.spec)) return `${model} is asked for`
  if (allow !== null && !names(allow, offer)) return 'not among the allowed'
  return names(deny, offer) ? 'denied by the request' : null
}

function wrongTier({ batch, spec }: Offer, { batch: asked, avoid }: RouteRequest): string | null {
  if (!batch) return asked === 'only' ? (spec.batch ? 'a batch is asked for' : 'has no batch tier') : null
  if (asked === 'never') return 'no batch is wanted'
  return avoid.includes(avoidBatch) ? 'a lot failed this job once' : null
}

/** Some providers' batches edit by masks that they know, and no others. */
function ownMask({ batch, spec }: Offer, { request }: RouteRequest): string | null {
  const admitted = spec.batch?.mask_templates
  if (!batch || request.operation === 'generate' || admitsMask(admitted, request.maskTemplate)) return null
  const names =
    admitted === 'any' ? 'a predefined mask template' : `a mask template of ${admitted?.join(', ')}`
  return `edits in a batch by ${names} only`
}

/** Where a batch costs as much there is no reason to wait. A discount may be for some requests only. */
function undiscounted({ batch, cost }: Offer, { request }: RouteRequest): string | null {
  if (!batch || batch.discounted || cost === null) return null
  const cure = request.mask ? ': it gives one for predefined mask templates, if at all' : ''
  return `gives no batch discount for this${cure}`
}

function retired({ spec }: Offer, _route: RouteRequest, { now }: RouteMarket): string | null {
  return spec.retires_on !== null && Date.parse(spec.retires_on) <= now
    ? `retired on ${spec.retires_on}`
    : null
}

/** Half open, a provider gets one job at a time: the one that is planned to be its probe. */
function brokenOff({ breaker, breakerReason, spec }: Offer, { probes = [] }: RouteRequest): string | null {
  const since = breakerReason === undefined ? '' : `: ${breakerReason}`
  if (breaker === 'open') return `breaker is open${since}`
  if (breaker === 'half_open' && !probes.includes(modelKey(spec)))
    return `on probation, breaker is half open${since}`
  return null
}

/** A price that nobody could confirm for long is not bought at; it may be back with the feed's next answer. */
function stalePrices({ pricesStaleSince }: Offer, _route: RouteRequest, { now }: RouteMarket): string | null {
  if (pricesStaleSince === undefined) return null
  return `prices are ${Math.floor((now - pricesStaleSince) / 60_000)} minutes old`
}

function unknownPrice({ reason }: Offer): string {
  return reason === null || reason === 'the price is not known'
    ? 'price is not known'
    : `price is not known: ${reason}`
}

/** Limits hold for the worst case: what is promised is the bill, not the estimate. */
function tooDear(
  { cost, worst }: Offer,
  { maxPerImage, maxTotal, quote, request }: RouteRequest,
): string | null {
  if (worst === null) return null
  const quoted = quote?.within ?? null
  if (quoted !== null && cost !== null && cost > quoted)
    return `$${toUsd(cost)} is above the $${toUsd(quoted)} that was quoted`
  const n = BigInt(request.n)
  const upTo = worst === cost ? '' : 'up to '
  if (maxPerImage !== null && worst > maxPerImage * n)
    return `${upTo}$${toUsd((worst + n - 1n) / n)} an image is above your limit of $${toUsd(maxPerImage)}`
  if (maxTotal !== null && worst > maxTotal)
    return `${upTo}$${toUsd(worst)} for the job is above its limit of $${toUsd(maxTotal)}`
  return null
}

function tooSlow({ latencyMs }: Offer, { latency }: RouteRequest): string | null {
  if (latency === null || latencyMs <= latency.maxMs) return null
  return `takes about ${tenths(latencyMs)} (p95) and ${tenths(latency.maxMs)} are allowed`
}

export function tenths(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
