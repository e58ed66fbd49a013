import type { PriceComponent, PriceModifier, PriceRule, QuoteRequest } from '@halftone/contracts'
import BigNumber from 'bignumber.js'

/**
 * The same sums as `quoteRule`, in decimals with many places instead of fractions, written from the rules' own
 * description: a mistake in the one shows beside the other. Nano-dollars; null = not known.
 */
export function decimalQuote(rule: PriceRule, request: QuoteRequest): bigint | null {
  const costs = rule.components.map((component) => costOf(component, request))
  if (costs.includes(null)) return null
  const sum = BigNumber.sum(...costs.map((cost) => cost ?? 0))
  const modified = rule.modifiers.reduce((total, one) => total.times(factorOf(one, request)), sum)
  const times = rule.bounds.per === 'image' ? request.n : 1
  let bounded = modified
  if (rule.bounds.min !== null) bounded = BigNumber.max(bounded, decimal(rule.bounds.min).times(times))
  if (rule.bounds.max !== null) bounded = BigNumber.min(bounded, decimal(rule.bounds.max).times(times))
  // thirds have no end in decimals: what is lost in the last place must not decide a tie
  const exact = bounded.decimalPlaces(places - 20, BigNumber.ROUND_HALF_UP)
  return BigInt(exact.times(1e9).integerValue(BigNumber.ROUND_HALF_UP).toFixed())
}

const places = 80
const Decimal = BigNumber.clone({ DECIMAL_PLACES: places })
const decimal = (value: string | number) => new Decimal(value)

function costOf(component: PriceComponent, request: QuoteRequest): BigNumber | null {
  const { n, width, height } = request
  if (component.amount === null) return null
  const amount = decimal(component.amount)
  switch (component.kind) {
    case 'per_request':
      return amount
    case 'per_image':
      return amount.times(pictures(component.count, request).length)
    case 'per_step': {
      if (request.steps === undefined) return null
      const steps = amount.times(request.steps).times(n)
      return component.scale === 'none' ? steps : steps.times(width).times(height).div(1024).div(1024)
    }
    case 'per_second':
      return request.seconds === undefined ? null : amount.times(request.seconds)
    case 'per_token':
      return tokensCost(component.stream, amount.div(component.per), request)
    case 'per_1k_masked_pixels':
      return maskCost(component, amount, request)
    case 'per_megapixel':
      return megapixelCost(component, amount, request)
  }
}

function pictures(which: 'output' | 'input' | 'reference', request: QuoteRequest) {
  if (which === 'output') return Array.from({ length: request.n }, () => request)
  return (which === 'input' ? request.input_images : request.reference_images) ?? []
}

/** Cached and text tokens may be left out, and those of input pictures if there is none. */
function tokensCost(stream: string, each: BigNumber, request: QuoteRequest): BigNumber | null {
  if (!request.tokens) return null
  const count = new Map(Object.entries(request.tokens)).get(stream)
  if (count !== undefined) return each.times(count)
  const noPictures = pictures('input', request).length + pictures('reference', request).length === 0
  const must = stream === 'text_in' || stream === 'image_out' || (stream === 'image_in' && !noPictures)
  return must ? null : decimal(0)
}

function maskCost(
  { per, round, min, max }: Extract<PriceComponent, { kind: 'per_1k_masked_pixels' }>,
  amount: BigNumber,
  { masked_pixels, n }: QuoteRequest,
): BigNumber | null {
  if (masked_pixels === undefined) return null
  const blocks = round === 'ceil' ? decimal(Math.ceil(masked_pixels / per)) : decimal(masked_pixels).div(per)
  let each = amount.times(blocks)
  if (min !== null) each = BigNumber.max(each, min)
  if (max !== null) each = BigNumber.min(each, max)
  return each.times(n)
}

function megapixelCost(
  component: Extract<PriceComponent, { kind: 'per_megapixel' }>,
  amount: BigNumber,
  request: QuoteRequest,
): BigNumber {
  const pixels = pictures(component.of, request).map(({ width, height }) => width * height)
  const counted = component.scope === 'each' ? pixels : [pixels.reduce((all, one) => all + one, 0)]
  const first = decimal(component.first_amount ?? component.amount ?? 0)
  const costs = counted.map((one) => {
    let size = decimal(one).div(component.mp_pixels)
    if (component.round === 'ceil') size = size.integerValue(BigNumber.ROUND_CEIL)
    if (component.round === 'nearest') size = size.integerValue(BigNumber.ROUND_HALF_UP)
    if (component.min_mp !== undefined) size = BigNumber.max(size, component.min_mp)
    if (component.cap_mp !== undefined) size = BigNumber.min(size, component.cap_mp)
    const beyond = BigNumber.max(size.minus(1), 0)
    return first.times(size.minus(beyond)).plus(amount.times(beyond))
  })
  return pixels.length === 0 ? decimal(0) : BigNumber.sum(...costs)
}

function factorOf(modifier: PriceModifier, request: QuoteRequest): BigNumber {
  const batch = request.batch === true || request.mode === 'batch'
  if (modifier.kind === 'steps_ratio') {
    const steps = request.steps ?? modifier.default_steps
    const counts = !modifier.only_above || steps > modifier.default_steps
    return counts ? decimal(steps).div(modifier.default_steps) : decimal(1)
  }
  const { mode, quality, mask_template } = modifier.when
  const fires =
    (mode === undefined || mode === (request.mode ?? 'standard') || (mode === 'batch' && batch)) &&
    (quality === undefined || quality === request.quality) &&
    (mask_template === undefined || mask_template === request.mask_template) &&
    (modifier.when.batch === undefined || modifier.when.batch === batch)
  if (!fires) return decimal(1)
  if (modifier.kind === 'multiply') return decimal(modifier.factor)
  return batch ? decimal(100).minus(modifier.percent_off).div(100) : decimal(1)
}
