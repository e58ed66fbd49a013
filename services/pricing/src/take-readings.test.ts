import type { Catalogue, ModelSpec, PriceComponent, PriceRule } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { emptyCatalogue, followFake } from './testing/follow.ts'
import { fromFeed, perImage } from './testing/price-rule.ts'

const hourMs = 3_600_000
const flux: ModelSpec = {
  ...{ provider: 'replicate', model: 'flux', qualities: [], default_quality: null, steps: null, seed: true },
  operations: {
    generate: { sizes: { kind: 'list', list: ['1024x1024'] }, n_max: 1, mask: 'none', images_max: 0 },
  },
  ...{ modes: ['standard'], formats: ['png'], prompt_max_chars: 1_000, retires_on: null },
  ...{
    latency_hint_ms: { p50: 1, p95: 2 },
    quality: {},
    quality_default: 0.5,
    wire: {},
    as_of: '2026-11-22',
  },
  sources: ['test'],
}
const shipped = perImage('cur:replicate/flux/generate', '0.04', {
  charge_on: { refused_before: 'free', refused_after: 'full', failed: 'free', cancelled: 'full' },
})
const catalogue: Catalogue = { ...emptyCatalogue, models: [flux], rules: [shipped] }
const tokens = (
  amount: string,
  estimate: Extract<PriceComponent, { kind: 'per_token' }>['estimate'] = null,
) => ({ kind: 'per_token', stream: 'image_out', amount, per: 1_000_000, estimate }) as const

test('an authority’s reading takes the place of the catalogue’s rule, and keeps what no feed tells', async () => {
  const follow = followFake({ catalogue })
  await follow.prices.put([shipped])
  const silent = {
    refused_before: 'free',
    refused_after: 'unknown',
    failed: 'unknown',
    cancelled: 'unknown',
  } as const
  await follow.rules([fromFeed('feed:replicate/flux/generate', '0.05', { charge_on: silent })])
  expect(follow.prices.rule(shipped.id)).toMatchObject({
    components: [{ amount: '0.05' }],
    source: { id: 'feed' },
    charge_on: { refused_after: 'full', cancelled: 'full' },
  })
  expect(follow.prices.rule('feed:replicate/flux/generate')).toBeUndefined()
  expect(follow.signals).toMatchObject([{ rule_id: shipped.id, old_nano: '40000000', new_nano: '50000000' }])
})

test('an authority sets its own providers’ prices and no others’', async () => {
  const follow = followFake({ providers: ['fal'] })
  await follow.rules([
    fromFeed('a', '0.05', { provider: 'fal' }),
    fromFeed('b', '0.05', { provider: 'openai' }),
  ])
  expect(follow.prices.rule('a')).toBeDefined()
  expect(follow.prices.rule('b')).toBeUndefined()
})

test('a model that an authority lists and the catalogue lacks is told once, with its prices', async () => {
  const follow = followFake({ catalogue })
  const news = fromFeed('feed:replicate/new/generate', '0.07', { model: 'new' })
  await follow.rules([fromFeed('feed:replicate/flux/generate', '0.05'), news])
  await follow.rules([fromFeed('feed:replicate/flux/generate', '0.05'), news])
  expect(follow.told('model.discovered')).toMatchObject([
    { model: 'replicate/new', rules: [{ id: news.id }] },
  ])
})

test('a tripwire that says another price raises a disagreement with both readings, once, and sets none', async () => {
  const follow = followFake({ catalogue, role: 'tripwire' })
  await follow.prices.put([shipped])
  await follow.rules([fromFeed('w:flux', '0.0407')])
  expect(follow.told('price.disagreement')).toEqual([])
  await follow.rules([fromFeed('w:flux', '0.0409')])
  await follow.rules([fromFeed('w:flux', '0.0409')])
  expect(follow.told('price.disagreement')).toMatchObject([
    {
      model: 'flux',
      size: '1024x1024',
      rule_id: shipped.id,
      usd: '0.04',
      source_usd: '0.0409',
      source: 'feed',
    },
  ])
  expect(follow.signals).toEqual([])
})

test('two ways of pricing are compared by the picture, with the token counts that the catalogue knows', async () => {
  const spec = { ...flux, qualities: ['low'] }
  const estimate = { tokens: { low: { any: 1_000 } } }
  const disagreementsOver = async (reading: PriceRule) => {
    const follow = followFake({ catalogue: { ...catalogue, models: [spec] }, role: 'tripwire' })
    await follow.prices.put([{ ...shipped, components: [tokens('40', estimate)] }])
    await follow.rules([reading])
    return follow.told('price.disagreement')
  }
  expect(await disagreementsOver(fromFeed('flat', '0.04'))).toEqual([])
  expect(await disagreementsOver(fromFeed('rate', '', { components: [tokens('40')] }))).toEqual([])
  expect(await disagreementsOver(fromFeed('rate', '', { components: [tokens('10')] }))).toMatchObject([
    { usd: '0.04', source_usd: '0.01', quality: 'low' },
  ])
})

test('an announced end is booked, and a reading that does not know of it does not lift it', async () => {
  const follow = followFake({ catalogue })
  await follow.prices.put([shipped])
  const end = { provider: 'replicate', model: 'flux', on: '2026-12-01' }
  follow.says(() => ({ kind: 'rules', rules: [], retirements: [end], etag: null }))
  await follow.poll()
  expect(follow.prices.rule(shipped.id)?.retires_on).toBe('2026-12-01')
  await follow.rules([fromFeed('feed:replicate/flux/generate', '0.05')])
  expect(follow.prices.rule(shipped.id)).toMatchObject({
    retires_on: '2026-12-01',
    components: [{ amount: '0.05' }],
  })
})

test('a model that a feed no longer lists keeps its price for a day, shown as held, and leaves the book then', async () => {
  const follow = followFake()
  const many = Array.from({ length: 12 }, (_, index) => fromFeed(`feed:${index}`, '0.04'))
  await follow.rules(many)
  await follow.rules(many.slice(1))
  expect(follow.prices.held).toMatchObject([{ kind: 'gone', ruleId: 'feed:0', state: 'held' }])
  follow.time.now = 25 * hourMs
  await follow.poll()
  expect(follow.prices.rule('feed:0')?.status).toBe('retired')
  expect(follow.prices.held[0]).toMatchObject({ state: 'released', decidedBy: 'poll' })
  await follow.rules(many)
  expect(follow.prices.rule('feed:0')?.status).toBe('known')
})

test('a source that is not there for a day keeps its prices, and says so after three misses, once', async () => {
  const follow = followFake()
  await follow.rules([fromFeed('a', '0.04')])
  follow.says(() => {
    throw new Error('the source answered 404')
  })
  for (let hour = 1; hour <= 24; hour++) {
    follow.time.now = hour * hourMs
    await follow.poll()
  }
  expect(follow.prices.rule('a')).toMatchObject({ status: 'known', components: [{ amount: '0.04' }] })
  expect(follow.told('price.stale')).toMatchObject([{ source: 'feed', reason: 'the source answered 404' }])
})

test('a feed that answers for ever and never changes is stale too', async () => {
  const follow = followFake({ frozenAfterMs: 10 * hourMs })
  await follow.rules([fromFeed('a', '0.04')])
  follow.time.now = 11 * hourMs
  await follow.poll()
  expect(follow.stale).toEqual([false, true])
  expect(follow.told('price.stale')).toMatchObject([{ reason: 'says the same since 1970-01-01' }])
})

test('two prices of one thing in one answer: the first counts, and the book is written', async () => {
  const follow = followFake()
  await follow.rules([fromFeed('a', '0.04'), fromFeed('a', '0.05')])
  expect(follow.prices.rule('a')?.components[0]?.amount).toBe('0.04')
})
