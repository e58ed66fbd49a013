import type { BookedRule, Clock, ImageRequest, Nano, Priced, PriceOf, Quote } from '@halftone/contracts'
import { modelKey } from '@halftone/contracts'
import { secondsOf, type TokenComponent, tokenComponents, toQuoteRequest } from './quote-request.ts'
import { type CompiledRule, compileBooked, narrowest, operationsOf } from './rule-match.ts'
import { anyQuality, expectedTokens, worstTokens } from './token-estimate.ts'

export interface PriceBook {
  priceOf: PriceOf
}

/**
 * Prices requests with the rules of one price version, by provider/model key. Build a new one when a rule changes:
 * rules are parsed once, here. The clock serves `valid` and `retires_on`.
 */
export function createPriceBook(
  rules: ReadonlyMap<string, readonly BookedRule[]>,
  clock: Clock = Date.now,
): PriceBook {
  const byOperation = new Map<string, CompiledRule[]>()
  for (const [key, booked] of rules)
    for (const one of booked) {
      const place = `${key} ${one.rule.operation}`
      const there = byOperation.get(place)
      if (there) there.push(compileBooked(one))
      else byOperation.set(place, [compileBooked(one)])
    }

  return {
    priceOf(spec, request, quality, batch = false) {
      const steps = request.steps ?? spec.steps?.default ?? null
      const { width, height, mode } = request
      const query = { width, height, mode, quality, steps, now: clock() }
      const operations = operationsOf(spec, request)
      for (const operation of operations) {
        const found = narrowest(byOperation.get(`${modelKey(spec)} ${operation}`) ?? [], query)
        if (found) return priceBy(found, request, { quality, steps, batch })
      }
      return unpriced(operations[0] ?? request.operation, `no price is known for ${width}x${height}`)
    },
  }
}

/** What is sent, and as what. */
interface Terms {
  quality: string | null
  steps: number | null
  batch: boolean
}

function priceBy(found: CompiledRule, request: ImageRequest, terms: Terms): Priced {
  const { rule, booked } = found
  const expected = quoteExpected(found, request, terms)
  if (expected.status !== 'known')
    return { ...unpriced(rule.operation, expected.reason), ruleId: rule.id, priceVersion: booked.version }
  const cost = expected.nano_usd
  return {
    operation: rule.operation,
    ruleId: rule.id,
    priceVersion: booked.version,
    cost,
    worst: worstCost(found, request, terms, cost),
    reason: null,
  }
}

function quoteExpected(
  { rule, quote }: CompiledRule,
  request: ImageRequest,
  { quality, steps, batch }: Terms,
): Quote {
  const tokens = tokenComponents(rule)
  if (quality === null && tokens.some(needsQuality))
    return { status: 'unknown', reason: 'the price depends on the quality, and none is set' }
  const facts = toQuoteRequest(request, quality, steps, batch)
  if (tokens.length > 0) facts.tokens = expectedTokens(tokens, request, quality)
  facts.seconds = secondsOf(rule)?.expected
  return quote(facts)
}

function needsQuality({ stream, amount, estimate }: TokenComponent): boolean {
  const anyWillDo = typeof estimate === 'object' && estimate !== null && anyQuality in estimate.tokens
  return stream === 'image_out' && amount !== null && !anyWillDo
}

/** The most it can cost, for the hold. Equal to `cost` where nothing is estimated. */
function worstCost(
  { rule, quote }: CompiledRule,
  request: ImageRequest,
  { quality, steps, batch }: Terms,
  cost: Nano,
): Nano {
  const tokens = tokenComponents(rule)
  const seconds = secondsOf(rule)
  if (tokens.length === 0 && !seconds) return cost
  const facts = toQuoteRequest(request, quality, steps, batch)
  if (tokens.length > 0) facts.tokens = worstTokens(tokens, request, quality)
  facts.seconds = seconds?.worst
  const worst = quote(facts)
  return worst.status === 'known' && worst.nano_usd > cost ? worst.nano_usd : cost
}

function unpriced(operation: string, reason: string): Priced {
  return { operation, ruleId: null, priceVersion: null, cost: null, worst: null, reason }
}
