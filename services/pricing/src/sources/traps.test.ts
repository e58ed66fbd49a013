import { describe, expect, test } from 'vitest'
import { fixture, noFixtures } from '../testing/fixtures.ts'
import { amounts, findings, origin, read } from '../testing/import-fixture.ts'
import { falRules } from './fal.ts'
import { mappedRules } from './mapped-rules.ts'
import { genaiPrices } from './mappings/genai-prices.ts'
import { openaiRetirements } from './openai-models.ts'
import { openrouterImageRules } from './openrouter-images.ts'

describe.skipIf(noFixtures)('what a naive reading gets wrong (needs ../shared)', () => {
  describe('LiteLLM', () => {
    const file = 'litellm/model_prices.image.2026-08-01.json'

    test('the tier stands in the key, and a price called the input’s is the output’s', () => {
      const rules = read(file)
      expect(rules.get('openai/dall-e-3/generate/hd/1024x1792')).toMatchObject({
        match: { quality: 'hd', size: { kind: 'exact', width: 1024, height: 1792 } },
        components: [{ kind: 'per_megapixel', amount: '0.06539', mp_pixels: 1_000_000, round: 'none' }],
      })
      expect(amounts(rules.get('openai/gpt-image-1/generate/high/1024x1024'))).toEqual(['per_image 0.167'])
      expect(
        rules.get('bedrock/stability.stable-diffusion-xl-v0/generate/512x512/51--steps')?.match,
      ).toMatchObject({
        steps: { min: 51 },
      })
    })

    test('a caller who names no quality is never priced at the low tier', () => {
      const sized = [...read(file).values()].filter(
        ({ model, match }) => model === 'gpt-image-1.5' && match.size.kind !== 'any',
      )
      expect(new Set(sized.map(({ match }) => match.quality))).toEqual(new Set(['low', 'medium', 'high']))
    })

    test('where one price is for a size that is not said, the token price counts', () => {
      const rules = read(file)
      expect(amounts(rules.get('gemini/gemini-3.1-flash-image/generate'))?.[0]).toBe('image_out 60')
      expect(amounts(rules.get('vertex_ai-language-models/gemini-3.1-flash-image/generate'))?.[0]).toBe(
        'image_out 60',
      )
    })

    test('no price is unknown, a zero is held, and prices under the name of tokens are held with all their kind', () => {
      expect(read(file).get('dashscope/qwen-image-2.0/generate')?.status).toBe('unknown')
      const held = findings(file)
      expect(held.get('azure/dall-e-2/generate/standard/1024x1024')).toBe('is zero')
      expect(held.get('fireworks_ai/flux-1-schnell-fp8/generate')).toContain('outside')
      expect(held.get('fireworks_ai/flux-kontext-pro/generate')).toContain('slip of units')
      expect(held.size).toBe(10)
    })

    test('what is filed as an image model and is none, and token prices of chat models, are left out', () => {
      const models = [...read(file).values()].map(({ model }) => model)
      expect(models.filter((model) => /deep-research|embed|gemini-3.1-pro-preview/.test(model))).toEqual([])
    })

    test('announced ends are kept', () => {
      expect(read(file).get('gemini/imagen-3.0-generate-002/generate')?.retires_on).toBe('2025-11-10')
    })

    test('Titan’s size and premium prices are there before upstream dropped their fields', () => {
      const rules = read('litellm/model_prices.image.2026-06-26.json')
      const titan = 'bedrock/amazon.titan-image-generator-v2:0/generate'
      expect(amounts(rules.get(`${titan}/within-1024x1024`))).toEqual(['per_image 0.008'])
      expect(amounts(rules.get(titan))).toEqual(['per_image 0.01'])
      expect(amounts(rules.get(`${titan}/premium`))).toEqual(['per_image 0.012'])
      expect(rules.get('gemini/gemini-3.1-flash-image/generate/batch')?.match.modes).toEqual(['batch'])
    })
  })

  describe('Portkey', () => {
    const file = 'portkey/pricing.image.2026-08-21.json'

    test('cents become dollars, by quality and size; what no quality is named for has the dearest', () => {
      const rules = read(file)
      expect(amounts(rules.get('openai/gpt-image-2/generate/medium/1024x1536'))?.[0]).toBe('per_image 0.041')
      expect(amounts(rules.get('openai/gpt-image-1.5/generate'))?.[0]).toBe('per_image 0.133')
      expect(amounts(rules.get('openai/chatgpt-image-latest/generate'))?.[0]).toBe('image_out 32')
      expect(amounts(rules.get('fal-ai/openai/gpt-image-2/generate'))).toEqual(['per_image 0.04'])
    })

    test('Together’s dollars among the cents are held, all of them, and its default steps are no price', () => {
      const held = findings(file)
      const together = [...read(file).values()].filter(({ provider }) => provider === 'together-ai')
      expect(together.length).toBeGreaterThan(20)
      for (const { id } of together)
        expect(held.get(id.replace('f:', '')), id).toMatch(/outside|slip of units/)
      const dev = read(file).get('together-ai/black-forest-labs/FLUX.1-dev/generate')
      expect(dev).toMatchObject({
        modifiers: [{ kind: 'steps_ratio', default_steps: 28 }],
        components: [{ kind: 'per_megapixel' }],
      })
    })

    test('a zero that means "not priced" is no reading, and an absent output price is none either', () => {
      const rules = [...read(file).values()]
      expect(rules.filter(({ provider }) => provider === 'deepinfra' || provider === 'x-ai')).toEqual([])
      expect(rules.filter(({ model }) => model === 'gpt-image-1-mini' || model.includes('realtime'))).toEqual(
        [],
      )
    })
  })

  describe('genai-prices', () => {
    test('pictures have their own rate, or all output is pictures; text models have no picture price', () => {
      const rules = read('genai-prices/v2.image.2026-08-21.json')
      expect(amounts(rules.get('openai/gpt-image-1.5/generate'))).toEqual([
        ...[
          'image_out 32',
          'text_in 5',
          'image_in 8',
          'cached_text_in 1.25',
          'cached_image_in 2',
          'text_out 10',
        ],
      ])
      expect(amounts(rules.get('openai/gpt-image-2/generate'))?.[0]).toBe('image_out 30')
      expect(rules.get('openai/gpt-5-image/generate')?.status).toBe('unknown')
      expect(rules.get('openrouter/google/gemini-2.5-flash-image/generate')?.status).toBe('unknown')
    })

    test('the frozen first version is told by its face', () => {
      const frozen = fixture('genai-prices/v1-frozen.image.2026-08-21.json')
      expect(() => mappedRules(frozen, genaiPrices, origin)).toThrow('frozen first version')
    })

    test('of prices with start dates today’s is taken; one for some hours of the day is none', () => {
      const feed = (prices: unknown) => [{ id: 'p', models: [{ id: 'm-image', prices }] }]
      const dated = (start_date: string, rate: number) => ({
        constraint: { start_date },
        prices: { output_image_mtok: rate },
      })
      const list = [{ prices: { output_image_mtok: 10 } }, dated('2026-01-01', 20), dated('2027-01-01', 30)]
      const rulesOf = (prices: unknown) =>
        mappedRules(feed(prices), { ...genaiPrices, mustHave: undefined }, origin)
      expect(amounts(rulesOf(list)[0])).toEqual(['image_out 20'])
      const hours = [{ constraint: { start_time: '00:30:00Z' }, prices: { output_image_mtok: 1 } }]
      expect(rulesOf(hours)[0]?.status).toBe('unknown')
    })
  })

  test('models.dev: an output rate beside text is the text’s, no cost is unknown, plans at zero are held', () => {
    const file = 'models-dev/api.image-output.2026-07-02.json'
    const rules = read(file)
    expect(rules.get('azure/gpt-5.1/generate')?.status).toBe('unknown')
    expect(rules.get('google/gemini-3-pro-image-preview/generate')?.status).toBe('unknown')
    expect(rules.get('vercel/recraft/recraft-v4/generate')?.status).toBe('unknown')
    expect(amounts(rules.get('openai/gpt-image-2/generate'))).toEqual(['image_out 30', 'text_in 5'])
    const held = findings(file)
    expect(held.get('digitalocean/stable-diffusion-3.5-large/generate')).toBe('is zero')
    expect(held.get('alibaba-token-plan/qwen-image-2.0/generate')).toBe('is zero')
  })

  test('OpenRouter: a token price under the name of a picture’s, and "-1" is unknown', () => {
    const rules = read('openrouter/models.image-output.2026-08-01.json')
    expect(amounts(rules.get('openrouter/google/gemini-3-pro-image/generate'))).toEqual([
      ...[
        'image_out 120',
        'text_in 2',
        'image_in 2',
        'text_out 12',
        'cached_text_in 0.2',
        'reasoning_out 12',
      ],
    ])
    for (const id of ['openrouter/openrouter/auto/generate', 'openrouter/openrouter/auto-beta/generate'])
      expect(rules.get(id)?.status).toBe('unknown')
    expect([...rules.keys()].filter((id) => id.includes(':free') || id.includes('qwen'))).toEqual([])
  })

  test('OpenRouter images: one rule per endpoint and tier, in each of its units', () => {
    const rules = read('synthetic/openrouter.image-endpoints.synthetic.json')
    const model = 'openrouter/example/all-units'
    expect(rules.get(`${model}@per-image/generate/2k`)).toMatchObject({
      match: { size: { kind: 'label', width: 2048, height: 2048 } },
      components: [
        { kind: 'per_image', amount: '0.06', count: 'output' },
        { kind: 'per_image', amount: '0.003', count: 'input' },
      ],
    })
    expect(amounts(rules.get(`${model}@per-mp/generate`))).toEqual(['per_megapixel 0.03', 'per_image 0.2'])
    expect(amounts(rules.get(`${model}@per-token/generate`))).toEqual(['image_out 30', 'text_in 5'])
    expect(amounts(rules.get(`${model}@per-request/generate`))).toEqual(['per_request 0.02'])
    const odd = {
      id: 'a/b',
      endpoints: [
        { provider_slug: 's', pricing: [{ billable: 'output_image', unit: 'parsec', cost_usd: 1 }] },
      ],
    }
    expect(openrouterImageRules(odd, origin)[0]?.status).toBe('unknown')
  })

  test('fal: megapixels count by 1024x1024 and round up; a unit nobody knows is an unknown price', () => {
    const rules = read('synthetic/fal.models-pricing.synthetic.json')
    expect(rules.get('fal/fal-ai/flux/schnell/generate')?.components[0]).toMatchObject({
      mp_pixels: 1_048_576,
      round: 'ceil',
    })
    expect(rules.get('fal/fal-ai/some-community-lora/generate')?.components[0]?.kind).toBe('per_second')
    const odd = { prices: [{ endpoint_id: 'x', unit_price: 1, unit: 'parsec', currency: 'USD' }] }
    expect(falRules(odd, origin)[0]?.status).toBe('unknown')
  })

  test('Vercel: tiers by size and quality, a default that ends below them, and {} is unknown', () => {
    const rules = read('synthetic/vercel-ai-gateway.models.synthetic.json')
    expect(rules.get('vercel/bfl/flux-2-pro/generate')?.status).toBe('unknown')
    expect(rules.get('vercel/google/gemini-3-pro-image/generate/up-to-4194304')?.components[0]?.amount).toBe(
      '0.134',
    )
    expect(rules.get('vercel/google/gemini-3-pro-image/generate/4k')?.components[0]?.amount).toBe('0.24')
    expect(
      rules.get('vercel/spacexai/grok-imagine-image-2.0/generate/medium/2k')?.components[0]?.amount,
    ).toBe('0.08')
    expect(amounts(rules.get('vercel/recraft/recraft-v4/generate'))).toEqual(['per_image 0.04'])
    expect(amounts(rules.get('vercel/openai/gpt-image-2/generate'))).toEqual(['image_out 30', 'text_in 5'])
  })

  test('xAI, Azure, AWS and Google: each in its own unit', () => {
    const first = (file: string) => [...read(`synthetic/${file}.synthetic.json`).values()][0]
    expect(amounts(first('xai.image-generation-models'))).toEqual([
      'image_out 10',
      'text_in 10',
      'image_in 10',
    ])
    expect(amounts(first('azure.retail-prices'))).toEqual(['image_out 30', 'image_in 8'])
    expect(first('azure.retail-prices')).toMatchObject({
      model: 'gpt-image-2',
      valid: { from: '2026-05-01' },
    })
    expect(first('aws.price-list.bedrock')).toMatchObject({
      match: { quality: 'standard', size: { kind: 'within', max_width: 1024 } },
      components: [{ amount: '0.04' }],
    })
    expect(amounts(first('gcp.billing-catalog.skus'))).toEqual(['per_image 0.02'])
  })

  test('OpenAI’s list of models says when each ends', () => {
    expect(openaiRetirements(fixture('synthetic/openai.models-with-shutdown.synthetic.json'))).toEqual([
      { provider: 'openai', model: 'gpt-image-1', on: '2026-10-23' },
      { provider: 'openai', model: 'gpt-image-1.5', on: '2026-12-01' },
    ])
  })
})
