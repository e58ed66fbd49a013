import {
  type PriceComponent,
  type PriceModifier,
  type PriceRule,
  priceModeSchema,
  type QuoteRequest,
  tokenStreams,
} from '@halftone/contracts'
import fc from 'fast-check'
import { makeRule } from './rules.ts'

/** Any rule of any components and modifiers, and any request for it: also those that lack what the price needs. */

const decimal = fc
  .tuple(fc.nat(20), fc.nat(999_999_999), fc.integer({ min: 1, max: 12 }))
  .map(([whole, fraction, digits]) => `${whole}.${String(fraction).padStart(digits, '0')}`)
const amount = fc.option(decimal, { freq: 60 })
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 })
const tenths = (max: number) => fc.integer({ min: 1, max: max * 10 }).map((value) => value / 10)

const component: fc.Arbitrary<PriceComponent> = fc.oneof(
  fc.record({
    kind: fc.constant('per_image' as const),
    amount,
    count: fc.constantFrom('output', 'input', 'reference'),
  }),
  fc.record({ kind: fc.constant('per_request' as const), amount }),
  fc.record({
    kind: fc.constant('per_megapixel' as const),
    amount,
    first_amount: fc.option(decimal, { freq: 2 }),
    of: fc.constantFrom('output', 'input'),
    mp_pixels: fc.constantFrom(1_000_000, 1_048_576),
    round: fc.constantFrom('none', 'ceil', 'nearest'),
    scope: fc.constantFrom('each', 'total'),
    min_mp: perhaps(tenths(2)),
    cap_mp: perhaps(tenths(9)),
  }),
  fc.record({
    kind: fc.constant('per_step' as const),
    amount,
    scale: fc.constantFrom('none', 'mp_1048576'),
  }),
  fc.record({
    kind: fc.constant('per_1k_masked_pixels' as const),
    amount,
    per: fc.constantFrom(1_000, 1_024, 7),
    round: fc.constantFrom('none', 'ceil'),
    min: fc.option(decimal),
    max: fc.option(decimal),
  }),
  fc.record({
    kind: fc.constant('per_token' as const),
    stream: fc.constantFrom(...tokenStreams),
    amount,
    per: fc.constantFrom(1_000_000, 1_000, 3),
  }),
  fc.record({
    kind: fc.constant('per_second' as const),
    amount,
    clock: fc.constantFrom('predict', 'gpu', 'wall'),
    estimate_seconds: fc.constant({}),
  }),
)

const mode = fc.constantFrom(...priceModeSchema.options)
const quality = fc.constantFrom('low', 'high')
const maskTemplate = fc.constantFrom('predefined', 'freehand')
const when = fc.record(
  { mode, quality, batch: fc.boolean(), mask_template: maskTemplate },
  { requiredKeys: [] },
)
const modifier: fc.Arbitrary<PriceModifier> = fc.oneof(
  fc.record({ kind: fc.constant('multiply' as const), factor: decimal, when }),
  fc.record({
    kind: fc.constant('batch_discount' as const),
    percent_off: fc.integer({ min: 0, max: 1_000 }).map((value) => String(value / 10)),
    when,
  }),
  fc.record({
    kind: fc.constant('steps_ratio' as const),
    default_steps: fc.integer({ min: 1, max: 60 }),
    only_above: fc.boolean(),
  }),
)

export const anyRule: fc.Arbitrary<PriceRule> = fc
  .record({
    components: fc.array(component, { minLength: 1, maxLength: 3 }),
    modifiers: fc.array(modifier, { maxLength: 2 }),
    bounds: fc.record({
      min: fc.option(decimal),
      max: fc.option(decimal),
      per: fc.constantFrom('request', 'image'),
    }),
  })
  .map(makeRule)

const edge = fc.integer({ min: 1, max: 4_096 })
const images = fc.array(fc.record({ width: edge, height: edge }), { maxLength: 2 })
const tokens = fc.record(
  Object.fromEntries(tokenStreams.map((stream) => [stream, perhaps(fc.nat(2_000_000))])),
)

export const anyRequest: fc.Arbitrary<QuoteRequest> = fc.record({
  width: edge,
  height: edge,
  n: fc.integer({ min: 1, max: 10 }),
  mode: perhaps(mode),
  quality: perhaps(quality),
  steps: perhaps(fc.integer({ min: 1, max: 100 })),
  masked_pixels: perhaps(fc.nat(40_000_000)),
  mask_template: perhaps(maskTemplate),
  batch: perhaps(fc.boolean()),
  tokens: perhaps(tokens),
  input_images: perhaps(images),
  reference_images: perhaps(images),
  seconds: perhaps(fc.nat(100_000).map((value) => value / 1_000)),
})
