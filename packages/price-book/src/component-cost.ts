import type { PriceComponent, QuoteRequest, TokenStream } from '@halftone/contracts'
import {
  add,
  ceil,
  divide,
  fromNumber,
  greatest,
  least,
  multiply,
  nearest,
  one,
  parseDecimal,
  type Rational,
  subtract,
  whole,
  zero,
} from './rational.ts'

/** Why there is no number: an amount nobody knows, or an input that the price needs and the request lacks. */
export interface Missing {
  missing: string
}

export type Cost = Rational | Missing
export type CostOf = (request: QuoteRequest) => Cost

export function isMissing(cost: Cost): cost is Missing {
  return 'missing' in cost
}

const pixelsPerSquare = 1_048_576n

/** One component of a rule, with its decimals parsed once. A null amount makes every answer `Missing`. */
export function compileComponent(component: PriceComponent): CostOf {
  const rate = component.amount === null ? null : parseDecimal(component.amount)
  if (!rate) return () => ({ missing: `the ${component.kind.replaceAll('_', ' ')} amount is not known` })
  switch (component.kind) {
    case 'per_image':
      return (request) => multiply(rate, whole(imageCount(component.count, request)))
    case 'per_request':
      return () => rate
    case 'per_megapixel':
      return perMegapixel(component, rate)
    case 'per_step':
      return perStep(component, rate)
    case 'per_1k_masked_pixels':
      return perMaskedPixel(component, rate)
    case 'per_token':
      return perToken(component, rate)
    case 'per_second':
      return (request) => scaled(rate, request.seconds, 'the run time in seconds is not known')
    default:
      return () => ({ missing: 'a component of this kind is not understood' })
  }
}

type Of<K extends PriceComponent['kind']> = Extract<PriceComponent, { kind: K }>

function imageCount(count: Of<'per_image'>['count'], request: QuoteRequest): number {
  if (count === 'output') return request.n
  return (count === 'input' ? request.input_images : request.reference_images)?.length ?? 0
}

function scaled(rate: Rational, amount: number | undefined, otherwise: string): Cost {
  const factor = amount === undefined ? null : fromNumber(amount)
  return factor ? multiply(rate, factor) : { missing: otherwise }
}

function perMegapixel(component: Of<'per_megapixel'>, rate: Rational): CostOf {
  // A null first amount means "no dearer first megapixel", as feeds write it; it is not an unknown.
  const first = component.first_amount == null ? rate : parseDecimal(component.first_amount)
  if (!first) return () => ({ missing: 'the amount of the first megapixel is not known' })
  const min = component.min_mp === undefined ? null : fromNumber(component.min_mp)
  const cap = component.cap_mp === undefined ? null : fromNumber(component.cap_mp)

  function cost(pixels: bigint): Rational {
    let size = divide(whole(pixels), BigInt(component.mp_pixels))
    if (component.round === 'ceil') size = ceil(size)
    if (component.round === 'nearest') size = nearest(size)
    if (min) size = greatest(size, min)
    if (cap) size = least(size, cap)
    const start = least(size, one)
    return add(multiply(first!, start), multiply(rate, subtract(size, start)))
  }

  return (request) => {
    const areas = component.of === 'output' ? outputAreas(request) : (request.input_images ?? []).map(area)
    if (areas.length === 0) return zero
    if (component.scope === 'total') return cost(areas.reduce((sum, pixels) => sum + pixels))
    return areas.map(cost).reduce(add)
  }
}

function area(picture: { width: number; height: number }): bigint {
  return BigInt(picture.width) * BigInt(picture.height)
}

function outputAreas(request: QuoteRequest): bigint[] {
  return Array.from({ length: request.n }, () => area(request))
}

function perStep(component: Of<'per_step'>, rate: Rational): CostOf {
  return (request) => {
    const perImage = scaled(rate, request.steps, 'the number of steps is not known')
    if (isMissing(perImage)) return perImage
    const all = multiply(perImage, whole(request.n))
    return component.scale === 'none' ? all : multiply(all, { num: area(request), den: pixelsPerSquare })
  }
}

function perMaskedPixel(component: Of<'per_1k_masked_pixels'>, rate: Rational): CostOf {
  const min = component.min == null ? null : parseDecimal(component.min)
  const max = component.max == null ? null : parseDecimal(component.max)
  return (request) => {
    const pixels = request.masked_pixels === undefined ? null : fromNumber(request.masked_pixels)
    if (!pixels) return { missing: 'the number of masked pixels is not known' }
    const units = divide(pixels, BigInt(component.per))
    let cost = multiply(rate, component.round === 'ceil' ? ceil(units) : units)
    if (min) cost = greatest(cost, min)
    if (max) cost = least(cost, max)
    return multiply(cost, whole(request.n))
  }
}

/** Streams that a call may simply not have. Prompt and picture always cost tokens; input pictures do if there are any. */
const optionalStreams: readonly TokenStream[] = [
  'cached_text_in',
  'cached_image_in',
  'text_out',
  'reasoning_out',
]

function perToken(component: Of<'per_token'>, rate: Rational): CostOf {
  const perToken = divide(rate, BigInt(component.per))
  return (request) => {
    const tokens = request.tokens?.[component.stream]
    if (tokens === undefined && request.tokens && mayLack(component.stream, request)) return zero
    return scaled(perToken, tokens, `the number of ${component.stream} tokens is not known`)
  }
}

function mayLack(stream: TokenStream, request: QuoteRequest): boolean {
  if (stream === 'image_in') return !request.input_images?.length && !request.reference_images?.length
  return optionalStreams.includes(stream)
}
