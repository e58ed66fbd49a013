import type { ModelSpec } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { builtInPolicies } from './policies.ts'
import { route } from './route.ts'
import { keyOf, makeInput, makeMask, makeOffer, makeRoute, plan } from './testing/market.ts'

const square = { operation: 'edit' as const, width: 512, height: 512, images: [makeInput(512, 512)] }
const tools: NonNullable<ModelSpec['operations']['edit']> = {
  sizes: { kind: 'same_as_input', min_edge: 64, max_pixels: 4_000_000 },
  n_max: 1,
  mask: 'none',
  images_max: 1,
  edit_kinds: ['search', 'upscale', 'cut-out'],
  by_kind: {
    search: { select: true },
    upscale: { sizes: { kind: 'same_as_input', min_edge: 64, max_pixels: 262_144, factor: 4 } },
    'cut-out': { formats: ['png'] },
  },
}

describe('who may do it', () => {
  const cases: [string, Parameters<typeof makeOffer>[1], Parameters<typeof plan>[1], string][] = [
    ['no key', { configured: false }, {}, 'no key is configured'],
    [
      'unknown price',
      { usd: null, reason: 'no price is known for 1024x1024' },
      {},
      'price is not known: no price is known for 1024x1024',
    ],
    ['retired', { spec: { retires_on: '2026-11-22' } }, {}, 'retired on 2026-11-22'],
    ['pinned elsewhere', {}, { model: 'q/other' }, 'q/other is asked for'],
    ['not allowed', {}, { allow: ['q'] }, 'not among the allowed'],
    ['denied', {}, { deny: ['p/m'] }, 'denied by the request'],
    ['batch alone', {}, { batch: 'only' }, 'has no batch tier here'],
    ['no edits', {}, { request: { operation: 'edit', images: [makeInput()] } }, 'does not edit'],
    [
      'a size',
      {},
      { request: { width: 1000, height: 1000 } },
      'cannot make 1000x1000: only 512x512, 1024x1024',
    ],
    ['a number', {}, { request: { n: 5 } }, 'makes 4 images per call at most'],
    ['a seed', {}, { request: { seed: 7 } }, 'has no seed'],
    ['steps', {}, { request: { steps: 7 } }, 'has no steps setting'],
    [
      'steps in range',
      { spec: { steps: { min: 1, max: 4, default: 4 } } },
      { request: { steps: 7 } },
      'takes 1 to 4 steps, 7 are asked for',
    ],
    [
      'a quality',
      { spec: { qualities: ['low'] } },
      { request: { quality: 'high' } },
      'has no quality "high"',
    ],
    ['a mode', {}, { request: { mode: 'turbo' } }, 'has no turbo mode'],
    [
      'a background',
      { spec: { backgrounds: ['opaque'] } },
      { request: { background: 'transparent' } },
      'has no transparent background',
    ],
    ['a moderation', {}, { request: { moderation: 'low' } }, 'has no low moderation'],
    [
      'a fidelity',
      { spec: { input_fidelities: ['low'] } },
      { request: { inputFidelity: 'high' } },
      'has no high input fidelity',
    ],
    [
      'a compression',
      { spec: { formats: ['png', 'jpeg', 'webp'], compression: ['jpeg'] } },
      { request: { format: 'webp', outputCompression: 0 } },
      'has no compression setting for webp',
    ],
    ['a format', { spec: { formats: ['jpeg'] } }, { request: { format: 'webp' } }, 'answers in jpeg only'],
    ['words for what to look for', {}, { request: { selectPrompt: 'a chair' } }, 'takes no select_prompt'],
    [
      'a search without words',
      { spec: { operations: { edit: tools } } },
      { request: { ...square, editKind: 'search' } },
      'needs a select_prompt: what to look for',
    ],
    [
      'another size than the factor gives',
      { spec: { operations: { edit: tools } } },
      { request: { ...square, editKind: 'upscale' } },
      'cannot make 512x512: it answers in 4 times the size of the input, 2048x2048',
    ],
    [
      'an input that is too large to enlarge',
      { spec: { operations: { edit: tools } } },
      {
        request: {
          ...square,
          editKind: 'upscale',
          width: 4096,
          height: 4096,
          images: [makeInput(1024, 1024)],
        },
      },
      'cannot make 4096x4096: at most 262144 pixels of input',
    ],
    [
      'a format that the kind cannot be in',
      { spec: { operations: { edit: tools } } },
      { request: { ...square, editKind: 'cut-out', format: 'jpeg' } },
      'answers in png only',
    ],
    [
      'a long prompt',
      {},
      { request: { prompt: 'x'.repeat(2_001) } },
      'takes prompts of 2000 characters at most',
    ],
    [
      'its own floor',
      { score: 0.55 },
      { qualityFloor: 0.65 },
      'quality 0.55 is below the floor 0.65 of the request',
    ],
    [
      'price per image',
      { usd: '0.106' },
      { request: { n: 2 }, maxPerImage: 20_000_000n },
      '$0.053 an image is above your limit of $0.02',
    ],
    [
      'worst case',
      { usd: '0.019', worstUsd: '0.021' },
      { maxPerImage: 20_000_000n },
      'up to $0.021 an image is above your limit of $0.02',
    ],
    [
      'price of the job',
      { usd: '0.16' },
      { maxTotal: 100_000_000n },
      '$0.16 for the job is above its limit of $0.1',
    ],
    [
      'deadline',
      { waitMs: 95_000 },
      { dueMs: 60_000 },
      'would finish after the deadline: about 95 s of queue and 2.0 s of work, 60.0 s are left',
    ],
    ['breaker', { breaker: 'open' }, {}, 'breaker is open'],
    [
      'old prices',
      { pricesStaleSince: Date.parse('2026-11-21T20:39:30Z') },
      {},
      'prices are 200 minutes old',
    ],
  ]

  test.each(cases)('excluded with its reason: %s', (_name, offer, request, reason) => {
    const routed = plan([makeOffer('p/m', offer)], request)
    expect(routed.choice).toBeNull()
    expect(routed.excluded).toHaveLength(1)
    expect(routed.excluded[0]).toMatchObject({ eligible: false, reason })
    expect(routed.summary).toContain(reason)
  })

  test('a price at the limit, a latency at the limit and a finish at the deadline are within', () => {
    const exact = makeOffer('p/m', { usd: '0.02', latencyMs: 2_000, waitMs: 1_000 })
    const asked = { maxPerImage: 20_000_000n, maxTotal: 20_000_000n, dueMs: 3_000 }
    expect(plan([exact], { ...asked, latency: { maxMs: 3_000, onMiss: 'fail' } }).choice).not.toBeNull()
  })

  test('a format that the model lacks is made from its lossless answer, and the summary says so', () => {
    const routed = plan([makeOffer('p/m', { spec: { formats: ['png', 'jpeg'] } })], {
      request: { format: 'webp' },
    })
    expect(routed.summary).toContain('its png answer is turned into webp')
  })

  test('the caller’s own floor replaces the defaults, downwards too', () => {
    const offer = makeOffer('p/m', { score: 0.3, spec: { quality: { logo: 0.3 } } })
    expect(
      plan([offer], { plausible: ['logo'], qualityFloor: 0.2 }, { floors: { logo: 0.9 } }).choice,
    ).not.toBeNull()
  })

  test('an unknown policy is the caller’s mistake', () => {
    const market = { offers: [], floors: {}, now: 0 }
    for (const policy of ['dearest', 'constructor'])
      expect(() => route(makeRoute({ policy }), market, builtInPolicies, Math.random)).toThrow(
        /no routing policy/,
      )
  })
})

describe('edits', () => {
  const sizes = { kind: 'same_as_input', min_edge: 64, max_pixels: 4_000_000 } as const
  const masked = { mask: 'required', images_max: 1 } as const
  const stability = makeOffer('stability/edit', {
    spec: {
      operations: {
        edit: {
          sizes,
          n_max: 1,
          mask: 'optional',
          images_max: 2,
          edit_kinds: ['inpaint', 'outpaint', 'style-transfer'],
          by_kind: {
            inpaint: masked,
            outpaint: { mask: 'none', images_max: 1 },
            'style-transfer': { mask: 'none', images_min: 2 },
          },
        },
      },
    },
  })
  const edit = (parts: NonNullable<Parameters<typeof plan>[1]>['request']) =>
    plan([stability], { request: { operation: 'edit', images: [makeInput()], ...parts } }).excluded[0]
      ?.reason ?? null

  test('each kind needs just what it needs, and nothing that is given is dropped', () => {
    expect(edit({ mask: makeMask(9) })).toBeNull()
    expect(edit({ editKind: 'inpaint' })).toBe('needs a mask')
    expect(edit({ mask: makeMask(9), images: [makeInput(), makeInput()] })).toBe(
      'takes 1 input pictures at most, 2 are given',
    )
    expect(edit({ editKind: 'style-transfer' })).toBe('needs 2 input pictures, 1 are given')
    expect(edit({ editKind: 'style-transfer', images: [makeInput(), makeInput(64, 64)] })).toBeNull()
    expect(edit({ editKind: 'erase' })).toBe('does no erase')
    expect(edit({})).toBe('does not edit by words alone')
  })

  test('an answer has the size of its input; only an outpaint is larger, and never smaller', () => {
    expect(edit({ mask: makeMask(9), width: 512 })).toBe(
      'cannot make 512x1024: it answers in the size of the input, 1024x1024',
    )
    expect(edit({ editKind: 'outpaint', width: 1536 })).toBeNull()
    expect(edit({ editKind: 'outpaint' })).toContain('an outpaint is larger than its input')
    expect(edit({ editKind: 'outpaint', width: 1536, height: 512 })).toContain(
      'an outpaint is larger than its input',
    )
  })

  test('an inpaint priced by masked pixels wins below 400,000 pixels against a flat four cents, and loses above', () => {
    const operations = stability.spec.operations
    const by = (pixels: number) => {
      const clipdrop = makeOffer('stability/clipdrop', { spec: { operations } })
      const cost = BigInt(pixels) * 100n
      const flat = makeOffer('stability/flat-inpaint', {
        usd: '0.040',
        latencyMs: 9_000,
        spec: { operations },
      })
      const request = { operation: 'edit' as const, images: [makeInput()], mask: makeMask(pixels) }
      return keyOf(plan([flat, { ...clipdrop, cost, worst: cost }], { request }).choice)
    }
    expect(by(380_000)).toBe('stability/clipdrop')
    expect(by(420_000)).toBe('stability/flat-inpaint')
  })
})
