import type { PriceModifier, QuoteRequest } from '@halftone/contracts'
import { divide, fromNumber, one, parseDecimal, type Rational, subtract } from './rational.ts'

/** What to multiply the sum with; one where the modifier does not apply; null where its own figure is not a number. */
export type FactorOf = (request: QuoteRequest) => Rational | null

export function compileModifier(modifier: PriceModifier): FactorOf {
  switch (modifier.kind) {
    case 'multiply': {
      const factor = parseDecimal(modifier.factor)
      return (request) => (applies(modifier.when, request) ? factor : one)
    }
    case 'batch_discount': {
      const off = parseDecimal(modifier.percent_off)
      const factor = off && off.num <= 100n * off.den ? subtract(one, divide(off, 100n)) : null
      return (request) => (isBatch(request) && applies(modifier.when, request) ? factor : one)
    }
    case 'steps_ratio':
      return (request) => stepsRatio(modifier, request.steps)
    default:
      return () => null
  }
}

/** Steps left to the provider are its default number: the ratio is one. */
function stepsRatio(
  modifier: Extract<PriceModifier, { kind: 'steps_ratio' }>,
  steps = modifier.default_steps,
): Rational | null {
  if (modifier.only_above && steps <= modifier.default_steps) return one
  const count = fromNumber(steps)
  return count && modifier.default_steps > 0 ? divide(count, BigInt(modifier.default_steps)) : null
}

function isBatch(request: QuoteRequest): boolean {
  return request.batch === true || request.mode === 'batch'
}

function applies(when: Extract<PriceModifier, { kind: 'multiply' }>['when'], request: QuoteRequest): boolean {
  const mode = request.mode ?? 'standard'
  if (when.mode !== undefined && when.mode !== mode && !(when.mode === 'batch' && isBatch(request)))
    return false
  if (when.batch !== undefined && when.batch !== isBatch(request)) return false
  if (when.quality !== undefined && when.quality !== request.quality) return false
  return when.mask_template === undefined || when.mask_template === request.mask_template
}
