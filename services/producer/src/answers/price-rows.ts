import {
  type BookedRule,
  type ImageRequest,
  type ModelSpec,
  modelKey,
  modes,
  type PriceOf,
  type PriceRule,
  type priceRowSchema,
} from '@halftone/contracts'
import type { MarketView } from '@halftone/market'
import { makesSize, unitCosts } from '@halftone/routing'
import type { z } from 'zod'
import { parseSize, type Size } from '../accept/nearest-sizes.ts'

export type PriceRow = z.infer<typeof priceRowSchema>

const usualSize = { width: 1024, height: 1024 }

/**
 * Every rule with what it asks for one image, a row for each mode and quality. With a size: only the rules that price
 * it. Without: each rule at its own size, or at 1024x1024.
 */
export function priceRows(view: MarketView, priceOf: PriceOf, size: Size | null): PriceRow[] {
  return view.models.flatMap((spec) =>
    (view.rules.get(modelKey(spec)) ?? []).flatMap((booked) =>
      variants(spec, booked).flatMap((variant) => {
        const request = requestFor(spec, booked.rule, variant.mode, size ?? ownSize(booked.rule))
        const priced = priceOf(spec, request, variant.quality)
        const applies = priced.ruleId === booked.rule.id
        if (size && !applies) return []
        return [row(spec, booked.rule, request, variant, applies ? priced.cost : null)]
      }),
    ),
  )
}

/** The sizes that people compare by. */
const matrixSizes = ['512x512', '768x768', '1024x1024', '1536x1024', '1024x1536', '2048x2048', '4096x4096']

/** Every cell that can be bought: each model and rule at each usual size that the model makes, priced or not. */
export function priceMatrix(view: MarketView, priceOf: PriceOf, size: Size | null): PriceRow[] {
  const sizes = size ? [size] : matrixSizes.map(parseSize)
  const specs = new Map(view.models.map((spec) => [modelKey(spec), spec]))
  return sizes.flatMap((one) =>
    priceRows(view, priceOf, one).filter((row) => {
      const made = specs.get(modelKey(row))?.operations[operationOf(row)]
      return made !== undefined && makesSize(made.sizes, one)
    }),
  )
}

interface Variant {
  mode: ImageRequest['mode']
  quality: string | null
}

function variants(spec: ModelSpec, { rule }: BookedRule): Variant[] {
  const asked = modes.filter((mode) => rule.match.modes.includes(mode))
  const byModel = spec.qualities.length > 0 ? spec.qualities : [null]
  const qualities = rule.match.quality === null ? byModel : [rule.match.quality]
  return asked.flatMap((mode) => qualities.map((quality) => ({ mode, quality })))
}

function requestFor(spec: ModelSpec, rule: PriceRule, mode: ImageRequest['mode'], size: Size): ImageRequest {
  const operation = operationOf(rule)
  return {
    operation,
    prompt: '',
    width: size.width,
    height: size.height,
    n: 1,
    steps: spec.steps?.default ?? null,
    quality: 'auto',
    format: null,
    seed: null,
    mode,
    // an edit kind's own rule, such as inpaint
    editKind: operation === 'edit' && rule.operation !== 'edit' ? rule.operation : null,
    images: [],
    mask: null,
    maskTemplate: null,
  }
}

/** A rule's operation may be a kind of edit. */
function operationOf({ operation }: { operation: string }): ImageRequest['operation'] {
  return operation === 'generate' || operation === 'variation' ? operation : 'edit'
}

function ownSize({ match: { size } }: PriceRule): Size {
  return size.kind === 'exact' || size.kind === 'label'
    ? { width: size.width, height: size.height }
    : usualSize
}

function row(
  spec: ModelSpec,
  rule: PriceRule,
  request: ImageRequest,
  { mode, quality }: Variant,
  cost: bigint | null,
): PriceRow {
  return {
    rule_id: rule.id,
    provider: spec.provider,
    model: spec.model,
    operation: rule.operation,
    size: `${request.width}x${request.height}`,
    quality,
    mode,
    steps: request.steps,
    status: rule.status,
    ...unitCosts(cost, request, request.steps),
    source: rule.source.id,
    observed_at: rule.observed_at,
  }
}
