import type { BookedRule, ImageRequest, ModelSpec, PriceRule } from '@halftone/contracts'
import { compileRule, type QuoteOf, sizeMatches } from './quote-rule.ts'

/** A rule made ready to be asked. */
export interface CompiledRule {
  booked: BookedRule
  rule: PriceRule
  quote: QuoteOf
  /** Epoch ms between which it holds. */
  from: number
  until: number
}

export function compileBooked(booked: BookedRule): CompiledRule {
  const { rule } = booked
  return {
    booked,
    rule,
    quote: compileRule(rule),
    from: rule.valid.from ? Date.parse(rule.valid.from) : Number.NEGATIVE_INFINITY,
    until: Math.min(endOf(rule.valid.until), endOf(rule.retires_on)),
  }
}

function endOf(date: string | null | undefined): number {
  return date ? Date.parse(date) : Number.POSITIVE_INFINITY
}

/**
 * The operations whose rules may price a request, narrowest first. An `inpaint` rule wins over an `edit`
 * rule of the same model; a variation made by reference edit costs what an edit costs.
 */
export function operationsOf(spec: ModelSpec, request: ImageRequest): string[] {
  if (request.operation === 'generate') return ['generate']
  if (request.operation === 'variation')
    return spec.operations.variation?.by === 'reference_edit' ? ['variation', 'edit'] : ['variation']
  const kind = request.editKind ?? (request.mask || request.maskTemplate ? 'inpaint' : null)
  return kind ? [kind, 'edit'] : ['edit']
}

export interface RuleQuery {
  width: number
  height: number
  mode: string
  quality: string | null
  steps: number | null
  now: number
}

/** The rule meant for just this: narrowest size, then quality, then confidence, then the newest. Never the nearest. */
export function narrowest(rules: readonly CompiledRule[], query: RuleQuery): CompiledRule | null {
  let best: CompiledRule | null = null
  for (const candidate of rules)
    if (matches(candidate, query) && (best === null || outranks(candidate.rule, best.rule))) best = candidate
  return best
}

function matches({ rule, from, until }: CompiledRule, query: RuleQuery): boolean {
  const { match } = rule
  return (
    rule.status !== 'retired' &&
    from <= query.now &&
    query.now < until &&
    match.region === null &&
    (match.quality === null || match.quality === query.quality) &&
    match.modes.some((mode) => mode === query.mode) &&
    stepsMatch(match.steps, query.steps) &&
    sizeMatches(match.size, query.width, query.height)
  )
}

function stepsMatch(range: PriceRule['match']['steps'], steps: number | null): boolean {
  if (!range) return true
  return steps !== null && steps >= (range.min ?? steps) && steps <= (range.max ?? steps)
}

const sizeRank = { exact: 0, label: 1, within: 2, max_pixels: 3, any: 4 } as const

function outranks(a: PriceRule, b: PriceRule): boolean {
  const order =
    sizeRank[a.match.size.kind] - sizeRank[b.match.size.kind] ||
    areaOf(a.match.size) - areaOf(b.match.size) ||
    Number(a.match.quality === null) - Number(b.match.quality === null) ||
    b.confidence - a.confidence
  return order === 0 ? (a.observed_at ?? '') > (b.observed_at ?? '') : order < 0
}

/** Of two caps the tighter one is narrower. */
function areaOf(size: PriceRule['match']['size']): number {
  if (size.kind === 'within') return size.max_width * size.max_height
  return size.kind === 'max_pixels' ? size.max_pixels : 0
}
