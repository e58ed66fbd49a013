import type { Nano, PriceRule, Quote, QuoteRequest } from '@halftone/contracts'
import { compileComponent, isMissing } from './component-cost.ts'
import { compileModifier } from './modifier-factor.ts'
import {
  add,
  greatest,
  least,
  multiply,
  nearest,
  parseDecimal,
  type Rational,
  whole,
  zero,
} from './rational.ts'

export type QuoteOf = (request: QuoteRequest) => Quote

/**
 * What one rule asks for one request: the exact sum of its components, modified, bounded, and rounded
 * once, half up, to nano-dollars. It looks at size and limits only: whether the rule is meant for this
 * mode, quality, steps or region is for the price book to decide. Never throws, never guesses:
 * what is not known is `unknown`, what the rule does not cover is `ineligible`.
 */
export function quoteRule(rule: PriceRule, request: QuoteRequest): Quote {
  return compileRule(rule)(request)
}

/** The same with the rule's decimals parsed once, for whoever asks often. */
export function compileRule(rule: PriceRule): QuoteOf {
  const sum = compileSum(rule)
  const bound = compileBounds(rule.bounds)
  return (request) => {
    const refused = notCovered(rule, request)
    if (refused) return { status: 'ineligible', reason: refused }
    if (rule.status === 'unknown') return { status: 'unknown', reason: 'the price is not known' }
    if (rule.status === 'free') return { status: 'known', nano_usd: 0n }
    const total = sum(request)
    if (typeof total === 'string') return { status: 'unknown', reason: total }
    return { status: 'known', nano_usd: toNano(bound(total, request.n)) }
  }
}

const nanosPerDollar = whole(1_000_000_000)

/** Rounded half up: the one rounding of a sum. */
export function toNano(dollars: Rational): Nano {
  return nearest(multiply(dollars, nanosPerDollar)).num
}

/** The modified sum, or why there is none. */
function compileSum(rule: PriceRule): (request: QuoteRequest) => Rational | string {
  if (rule.currency !== 'USD') return () => `the price is in ${rule.currency}, which is not converted`
  if (rule.components.length === 0) return () => 'the rule has no amounts'
  const components = rule.components.map(compileComponent)
  const modifiers = (rule.modifiers ?? []).map(compileModifier)
  return (request) => {
    let total = zero
    for (const costOf of components) {
      const cost = costOf(request)
      if (isMissing(cost)) return cost.missing
      total = add(total, cost)
    }
    for (const factorOf of modifiers) {
      const factor = factorOf(request)
      if (!factor) return 'a modifier of the price is not understood'
      total = multiply(total, factor)
    }
    return total
  }
}

function compileBounds(bounds: PriceRule['bounds']): (total: Rational, n: number) => Rational {
  const min = bounds?.min == null ? null : parseDecimal(bounds.min)
  const max = bounds?.max == null ? null : parseDecimal(bounds.max)
  return (total, n) => {
    const times = whole(bounds?.per === 'image' ? n : 1)
    const raised = min ? greatest(total, multiply(min, times)) : total
    return max ? least(raised, multiply(max, times)) : raised
  }
}

function notCovered(rule: PriceRule, request: QuoteRequest): string | null {
  const { width, height, n } = request
  if (![width, height, n].every((value) => Number.isSafeInteger(value) && value > 0))
    return 'width, height and n must be whole numbers of at least 1'
  if (rule.status === 'retired') return 'the price is retired'
  const limits = rule.limits ?? {}
  if (width > (limits.max_width ?? width) || height > (limits.max_height ?? height))
    return `${width}x${height} is above the limit of ${limits.max_width ?? 'any'}x${limits.max_height ?? 'any'}`
  if (n > (limits.max_n ?? n)) return `n = ${n} is above the limit of ${limits.max_n}`
  return sizeMatches(rule.match.size, width, height) ? null : `the rule is not for ${width}x${height}`
}

export function sizeMatches(size: PriceRule['match']['size'], width: number, height: number): boolean {
  switch (size.kind) {
    case 'any':
      return true
    case 'exact':
    case 'label':
      return width === size.width && height === size.height
    case 'within':
      return width <= size.max_width && height <= size.max_height
    case 'max_pixels':
      return width * height <= size.max_pixels
    default:
      return false
  }
}
