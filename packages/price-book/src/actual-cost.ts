import type { ImageRequest, Nano, PriceRule, QuoteRequest, TokenStream } from '@halftone/contracts'
import { secondsOf, tokenComponents, toQuoteRequest } from './quote-request.ts'
import { quoteRule, toNano } from './quote-rule.ts'
import { multiply, parseDecimal } from './rational.ts'
import { expectedTokens } from './token-estimate.ts'

/** What a finished call says of itself. */
export interface CallUsage {
  tokens?: Partial<Record<TokenStream, number>>
  seconds?: number
  /** How much of the rule's unit the provider bills, as an exact decimal. */
  units?: string
  /** Pictures that the provider counts, where it says so; else those of the request. */
  images?: number
  /** The provider's own figure. */
  reported?: Nano
}

/**
 * What a call did cost: the provider's own figure, else the units that it bills, else its usage at the rule's rates, else the quote.
 * Streams that the usage does not name keep their estimate. null = nobody can say. `batch`: it was a line of a lot.
 */
export function actualCost(
  rule: PriceRule,
  request: ImageRequest,
  quality: string | null,
  usage: CallUsage,
  batch = false,
): Nano | null {
  if (usage.reported !== undefined) return usage.reported
  const billed = usage.units === undefined ? null : costOfUnits(rule, usage.units)
  if (billed !== null) return billed
  const facts = toQuoteRequest(request, quality, request.steps, batch)
  const tokens = tokenComponents(rule)
  if (tokens.length > 0) facts.tokens = { ...expectedTokens(tokens, request, quality), ...usage.tokens }
  facts.seconds = usage.seconds ?? secondsOf(rule)?.expected
  if (usage.images === 0) return quotedNano(withoutPictures(rule), facts)
  return quotedNano(rule, { ...facts, n: usage.images ?? facts.n })
}

function quotedNano(rule: PriceRule, facts: QuoteRequest): Nano | null {
  if (rule.status === 'known' && rule.components.length === 0) return 0n
  const quote = quoteRule(rule, facts)
  return quote.status === 'known' ? quote.nano_usd : null
}

/** null = the rule has no single unit that a number could count. */
function costOfUnits({ components, modifiers, currency }: PriceRule, units: string): Nano | null {
  const [component, ...others] = components
  if (!component || others.length > 0 || modifiers.length > 0 || currency !== 'USD') return null
  const hasUnit = component.kind === 'per_image' || component.kind === 'per_megapixel'
  if (!hasUnit || component.amount === null) return null
  if (component.kind === 'per_megapixel' && component.first_amount != null) return null
  const [rate, count] = [parseDecimal(component.amount), parseDecimal(units)]
  return rate && count && toNano(multiply(rate, count))
}

/** What is owed for a call that the provider counts no picture of: its tokens, and what every request costs. */
function withoutPictures(rule: PriceRule): PriceRule {
  const components = rule.components.filter(({ kind }) => kind === 'per_token' || kind === 'per_request')
  return { ...rule, components }
}
