import { jobBodySchema } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { explain } from './explain.ts'
import { toRouteRequest } from './route-request.ts'
import { shapeKey } from './shape-key.ts'
import { makeInput, makeMask, makeOffer, makeRoute, plan } from './testing/market.ts'

const inputs = { width: 1024, height: 1024, images: [], mask: null }
const extra = { dueMs: 60_000, avoid: [], maxTotal: null }
const body = (parts = {}) => jobBodySchema.parse({ prompt: 'a kite', ...parts })

describe('what routing needs of a job', () => {
  test('a hint that names a group makes all its labels plausible; a tag outranks the hint', () => {
    const hinted = (content_type: string) =>
      toRouteRequest(body({ content_type }), inputs, null, extra).plausible
    expect(hinted('photorealistic')).toEqual(['product_photo', 'portrait', 'photo_scene'])
    expect(hinted('logo')).toEqual(['logo'])
    const tag = { label: 'unknown', confidence: 0.3, source: 'rules', plausible: ['ui_icon'] } as const
    expect(toRouteRequest(body({ content_type: 'logo' }), inputs, tag, extra).plausible).toEqual(['ui_icon'])
    expect(toRouteRequest(body(), inputs, null, extra).plausible).toEqual([])
  })

  test('the lower of the job’s own limit and what its hold allows counts', () => {
    const total = (max_cost_usd: string | undefined, maxTotal: bigint | null) =>
      toRouteRequest(body({ budget: { max_cost_usd } }), inputs, null, { ...extra, maxTotal }).maxTotal
    expect(total('0.10', 50_000_000n)).toBe(50_000_000n)
    expect(total('0.10', 500_000_000n)).toBe(100_000_000n)
    expect(total('0.10', null)).toBe(100_000_000n)
    expect(total(undefined, 7n)).toBe(7n)
    expect(total(undefined, null)).toBeNull()
  })

  test('every wish of the body arrives', () => {
    const wish = toRouteRequest(
      body({
        n: 2,
        seed: 5,
        steps: 4,
        mode: 'turbo',
        quality: 'low',
        format: 'webp',
        quality_floor: 0.4,
        latency: { max_ms: 3_000 },
        budget: { max_cost_per_image_usd: '0.03' },
        routing: {
          policy: 'best',
          compare_by: 'megapixel',
          allow: ['openai'],
          deny: ['x'],
          model: 'openai/y',
          batch: 'never',
        },
      }),
      inputs,
      null,
      extra,
    )
    expect(wish).toMatchObject({
      request: { n: 2, seed: 5, steps: 4, mode: 'turbo', quality: 'low', format: 'webp', prompt: 'a kite' },
      qualityFloor: 0.4,
      latency: { maxMs: 3_000, onMiss: 'run' },
      maxPerImage: 30_000_000n,
      policy: 'best',
      compareBy: 'megapixel',
      allow: ['openai'],
      deny: ['x'],
      model: 'openai/y',
      batch: 'never',
    })
  })
})

describe('shape', () => {
  const base = makeRoute({
    request: { operation: 'edit', images: [makeInput()], mask: makeMask(10) },
    plausible: ['logo', 'portrait'],
  })
  const shape = shapeKey(base)
  const withRequest = (parts: Partial<typeof base.request>) =>
    shapeKey({ ...base, request: { ...base.request, ...parts } })

  test('words, files, the seed’s value and the order of lists do not matter', () => {
    expect(withRequest({ prompt: 'two kites' })).toBe(shape)
    expect(withRequest({ images: [{ ...makeInput(), fileId: 'file_2', sha256: 'ff' }] })).toBe(shape)
    expect(withRequest({ seed: 1 })).toBe(withRequest({ seed: 2 }))
    expect(shapeKey({ ...base, plausible: ['portrait', 'logo'] })).toBe(shape)
  })

  test('everything that routing or a price looks at does', () => {
    const others = [
      ...[
        { width: 512 },
        { n: 2 },
        { steps: 4 },
        { quality: 'low' as const },
        { format: 'webp' as const },
        { seed: 1 },
      ].map(withRequest),
      ...[
        { mode: 'turbo' as const },
        { editKind: 'erase' },
        { mask: makeMask(11) },
        { maskTemplate: 't' },
        { background: 'opaque' as const },
        { outputCompression: 0 },
        { moderation: 'low' as const },
        { inputFidelity: 'low' as const },
        { partialImages: 1 },
      ].map(withRequest),
      ...[
        { images: [makeInput(512, 1024)] },
        { prompt: 'x'.repeat(300) },
        { prompt: 'x'.repeat(2_001) },
        { prompt: 'x'.repeat(2_002) },
      ].map(withRequest),
      ...[
        { qualityFloor: 0.5 },
        { maxPerImage: 1n },
        { maxTotal: 1n },
        { latency: { maxMs: 1, onMiss: 'run' as const } },
        { dueMs: 1 },
      ].map((parts) => shapeKey({ ...base, ...parts })),
      ...[
        { policy: 'best' },
        { allow: [] },
        { deny: ['x'] },
        { model: 'x/y' },
        { avoid: ['x'] },
        { plausible: [] },
      ].map((parts) => shapeKey({ ...base, ...parts })),
    ]
    expect(new Set([shape, ...others]).size).toBe(others.length + 1)
  })
})

describe('explained', () => {
  const steps = { min: 1, max: 50, default: 28 }
  const offers = [makeOffer('p/steps', { usd: '0.1', spec: { steps } }), makeOffer('p/dead', { usd: null })]

  test('figures per image, megapixel and step are decimal strings; unknown is null, never zero', () => {
    const { candidates, summary } = explain(plan(offers, { request: { n: 4 } }), {
      n: 4,
      width: 1024,
      height: 1024,
    })
    expect(summary).toContain('p/steps at $0.1')
    expect(candidates[0]).toMatchObject({
      cost_usd: '0.1',
      cost_per_image_usd: '0.025',
      cost_per_megapixel_usd: '0.023841858',
      cost_per_step_usd: '0.000892857',
      eligible: true,
    })
    expect(candidates[1]).toMatchObject({
      cost_usd: null,
      cost_per_image_usd: null,
      cost_per_megapixel_usd: null,
      cost_per_step_usd: null,
    })
  })

  test('a free picture costs "0", which is not unknown', () => {
    const { candidates } = explain(plan([makeOffer('p/free', { usd: '0' })]), { n: 1, width: 8, height: 8 })
    expect(candidates[0]).toMatchObject({ cost_usd: '0', cost_per_megapixel_usd: '0' })
  })
})
