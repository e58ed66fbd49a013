import { describe, expect, test } from 'vitest'
import { route } from './route.ts'
import { keyOf, makeOffer, makeRoute, plan, reasonOf, seeded } from './testing/market.ts'
import type { Routed, RoutePolicy } from './types.ts'

describe('golden cases', () => {
  const dalle = makeOffer('openai/dall-e-4', { usd: '0.040', latencyMs: 2_500 })
  const turbo = makeOffer('replicate/stable-diffusion-3.5-turbo', { usd: '0.028', latencyMs: 2_800 })

  test('a square within 3 s goes to the cheaper at 2.8 s, with the dearer at 2.5 s as the alternative', () => {
    const routed = plan([dalle, turbo], { latency: { maxMs: 3_000, onMiss: 'run' } })
    expect(routed.ranked.map(keyOf)).toEqual(['replicate/stable-diffusion-3.5-turbo', 'openai/dall-e-4'])
    expect(routed.summary).toBe(
      'replicate/stable-diffusion-3.5-turbo at $0.028: cheapest of 2 that can do it; next is openai/dall-e-4 at $0.04',
    )
  })

  test('within 2.6 s only the quicker may', () => {
    const routed = plan([dalle, turbo], { latency: { maxMs: 2_600, onMiss: 'run' } })
    expect(keyOf(routed.choice)).toBe('openai/dall-e-4')
    expect(routed.summary).toContain('the only one')
    expect(reasonOf(routed, keyOf(turbo.spec)!)).toBe('takes about 2.8 s (p95) and 2.6 s are allowed')
  })

  test('a limit below every price says the cheapest price known', () => {
    const routed = plan([dalle, turbo], { maxPerImage: 20_000_000n })
    expect(routed.choice).toBeNull()
    expect(routed.summary).toBe(
      'nobody can do this now; the cheapest known price is that of replicate/stable-diffusion-3.5-turbo: $0.028 an image is above your limit of $0.02',
    )
  })

  test('nothing above 768x768 goes where that is the cap', () => {
    const sizes = { kind: 'range', multiple_of: 1, min_edge: 64, max_edge: 768 } as const
    const operations = { generate: { sizes, n_max: 1, mask: 'none', images_max: 0 } as const }
    const claude = makeOffer('anthropic/claude-image', { usd: '0.01', spec: { operations } })
    expect(keyOf(plan([claude, dalle]).choice)).toBe('openai/dall-e-4')
    expect(reasonOf(plan([claude, dalle]), 'anthropic/claude-image')).toBe(
      'cannot make 1024x1024: edges are from 64 to 768 pixels',
    )
    expect(keyOf(plan([claude, dalle], { request: { width: 512, height: 512 } }).choice)).toBe(
      'anthropic/claude-image',
    )
  })

  test('typography avoids the one bad at text and takes the good one; photographs may go to either', () => {
    const claude = makeOffer('anthropic/claude-image', {
      usd: '0.03',
      spec: { quality: { text_poster: 0.1, portrait: 0.95 } },
    })
    const imagen = makeOffer('google/imagen-3', { usd: '0.035', spec: { quality: { text_poster: 0.97 } } })
    const floors = { text_poster: 0.5, portrait: 0.5 }
    const poster = plan([claude, imagen], { plausible: ['text_poster'] }, { floors })
    expect(keyOf(poster.choice)).toBe('google/imagen-3')
    expect(reasonOf(poster, 'anthropic/claude-image')).toBe(
      'quality 0.1 for text_poster is below the floor 0.5',
    )
    expect(keyOf(plan([claude, imagen], { plausible: ['portrait'] }, { floors }).choice)).toBe(
      'anthropic/claude-image',
    )
  })

  test('an uncertain content type has to clear the floor of every label that it may be', () => {
    const schnell = makeOffer('replicate/schnell', { spec: { quality: { portrait: 0.9, logo: 0.4 } } })
    const both = plan(
      [schnell],
      { plausible: ['portrait', 'logo'] },
      { floors: { portrait: 0.6, logo: 0.65 } },
    )
    expect(both.choice).toBeNull()
    expect(both.summary).toContain('quality 0.4 for logo is below the floor 0.65')
  })
})

describe('latency under load', () => {
  const cheap = makeOffer('a/cheap', { usd: '0.01', latencyMs: 2_000, waitMs: 20_000 })
  const quick = makeOffer('b/quick', { usd: '0.05', latencyMs: 2_500, waitMs: 4_000 })
  const slow = makeOffer('c/slow', { usd: '0.02', latencyMs: 9_000 })
  const asked = (onMiss: 'run' | 'fail', parts = {}) => ({ latency: { maxMs: 3_000, onMiss }, ...parts })

  test('when the queue makes everybody late, `run` takes the fastest that could have done it, and says so', () => {
    const routed = plan([cheap, quick, slow], asked('run'))
    expect(routed).toMatchObject({
      latencyMissed: true,
      choice: { model: 'quick', eligible: true, reason: null },
    })
    expect(routed.summary).toContain('nobody can answer within 3.0 s now')
    expect(reasonOf(routed, 'c/slow')).toBe('takes about 9.0 s (p95) and 3.0 s are allowed')
  })

  test('`fail` takes nobody', () => {
    expect(plan([cheap, quick], asked('fail'))).toMatchObject({ choice: null, latencyMissed: false })
  })

  test('`run` keeps to the budget and leaves out what is broken', () => {
    expect(keyOf(plan([cheap, quick], asked('run', { maxPerImage: 20_000_000n })).choice)).toBe('a/cheap')
    expect(keyOf(plan([cheap, { ...quick, breaker: 'open' }], asked('run')).choice)).toBe('a/cheap')
  })

  test('nobody runs what nobody could do even unloaded', () => {
    expect(plan([slow], asked('run')).choice).toBeNull()
  })

  test('the overflow of a full cheap provider spills to the next before the deadline', () => {
    expect(keyOf(plan([cheap, quick], { dueMs: 60_000 }).choice)).toBe('a/cheap')
    expect(keyOf(plan([cheap, quick], { dueMs: 10_000 }).choice)).toBe('b/quick')
  })
})

describe('displaced work', () => {
  const schnell = makeOffer('r/schnell', { usd: '0.01' })
  const others = [
    makeOffer('a/two', { usd: '0.02' }),
    makeOffer('b/four', { usd: '0.04' }),
    makeOffer('c/eight', { usd: '0.08' }),
  ]

  function shares(draw: (random: () => number) => Routed): Record<string, number> {
    const random = seeded()
    const counts: Record<string, number> = {}
    for (let job = 0; job < 7_000; job++) {
      const key = keyOf(draw(random).choice) ?? 'nobody'
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }

  test.each(['cheapest', 'fastest', 'best'])(
    'is spread by cost efficiency while the winner under %s is out',
    (policy) => {
      const best = { ...schnell, score: 0.99, latencyMs: 10, breaker: 'open' as const }
      const counts = shares((random) => plan([best, ...others], { policy }, { random }))
      // 1/cost of 2, 4 and 8 cents is 4 : 2 : 1 of 7,000 jobs.
      expect(Math.abs(counts['a/two']! - 4_000)).toBeLessThan(150)
      expect(Math.abs(counts['b/four']! - 2_000)).toBeLessThan(150)
      expect(Math.abs(counts['c/eight']! - 1_000)).toBeLessThan(150)
    },
  )

  test('a provider that failed this job displaces it likewise, and the summary says why', () => {
    const routed = plan([schnell, ...others], { avoid: ['r/schnell'] })
    expect(routed.summary).toMatch(
      /displaced from r\/schnell at \$0\.01, which is out \(already failed this job\); drawn by health and cost from 3, with (57|29|14) % of the weight/,
    )
  })

  test('one that would not have won displaces nothing', () => {
    const random = () => {
      throw new Error('no chance is needed here')
    }
    const routed = plan(
      [schnell, ...others.map((offer) => ({ ...offer, breaker: 'open' as const }))],
      {},
      { random },
    )
    expect(keyOf(routed.choice)).toBe('r/schnell')
  })

  test('one that could not have done it anyway displaces nothing', () => {
    const routed = plan([{ ...schnell, breaker: 'open', configured: false }, ...others])
    expect(routed.summary).toContain('cheapest of 3')
  })

  test('a half-open winner gets the job that is its probe, and nothing else', () => {
    const half = { ...schnell, breaker: 'half_open' as const, health: 0.1, breakerReason: 'calls fail' }
    expect(shares((random) => plan([half, ...others], {}, { random }))['r/schnell']).toBeUndefined()
    const displaced = plan([half, ...others])
    expect(displaced.summary).toContain('out (on probation, breaker is half open: calls fail)')
    const probe = plan([half, ...others], { probes: ['r/schnell'] })
    expect(keyOf(probe.choice)).toBe('r/schnell')
    expect(probe.summary).toContain('one call at a time')
    expect(plan([half], {}).choice).toBeNull()
  })

  test('a probe is nobody’s who would not have chosen it anyway', () => {
    const half = { ...others[2]!, breaker: 'half_open' as const }
    expect(keyOf(plan([schnell, half], { probes: ['c/eight'] }).choice)).toBe('r/schnell')
  })

  test('who was told to wait half of the time gets half of the share; one whose calls mostly fail, its share of health', () => {
    const told = { ...others[0]!, throttled: 0.5 }
    const counts = shares((random) =>
      plan([{ ...schnell, breaker: 'open' }, told, others[1]!], {}, { random }),
    )
    expect(Math.abs(counts['a/two']! - 3_500)).toBeLessThan(150)
    const sick = plan([{ ...schnell, health: 0.3 }, ...others])
    expect(sick.summary).toContain('only 30 % of its calls succeed')
  })
})

describe('policies', () => {
  const a = makeOffer('a/a', { usd: '0.0300', latencyMs: 3_000, score: 0.6 })
  const b = makeOffer('b/b', { usd: '0.0306', latencyMs: 1_000, score: 0.7 })
  const c = makeOffer('c/c', { usd: '0.0307', latencyMs: 500, score: 0.9 })
  const ranked = (policy: string, parts = {}) =>
    plan([a, b, c], { policy, ...parts })
      .ranked.map(({ model }) => model)
      .join('')

  test('within 2 % of the cheapest the quicker goes first, beyond it does not', () => {
    expect(ranked('cheapest')).toBe('bac')
    expect(plan([a, b, c]).summary).toContain('as good as the cheapest of 3 that can do it, and quicker')
  })

  test('fastest by expected time with its queue, best by quality and then cost', () => {
    expect(ranked('fastest')).toBe('cba')
    expect(plan([a, { ...c, waitMs: 60_000 }], { policy: 'fastest' }).choice?.model).toBe('a')
    expect(ranked('best')).toBe('cba')
  })

  test('per step, a model with more steps for its money goes first; one without steps compares by the megapixel', () => {
    const steps = (usd: string, count: number, key: string) =>
      makeOffer(key, { usd, spec: { steps: { min: 1, max: 50, default: count } } })
    const offers = [
      steps('0.003', 4, 'p/four'),
      steps('0.014', 28, 'p/many'),
      makeOffer('p/closed', { usd: '0.001' }),
    ]
    expect(plan(offers, { compareBy: 'megapixel_step' }).ranked.map(({ model }) => model)).toEqual([
      'many',
      'four',
      'closed',
    ])
    expect(plan(offers, { compareBy: 'megapixel' }).ranked.map(({ model }) => model)).toEqual([
      'closed',
      'four',
      'many',
    ])
  })

  test('a weighted draw is a full order, and a free model breaks nothing', () => {
    const free = makeOffer('f/free', { usd: '0' })
    const routed = plan([a, b, c, free], { policy: 'weighted' }, { random: seeded() })
    expect(routed.ranked).toHaveLength(4)
    expect(routed.ranked[0]?.model).toBe('free')
  })

  test('an operator’s own policy chooses, and displaced work is rebalanced under it too', () => {
    const dearest: RoutePolicy = (eligible) =>
      [...eligible].sort((x, y) => Number(y.cost_nano! - x.cost_nano!))
    const market = { offers: [a, b, c], floors: {}, now: 0 }
    const own = (offers = market.offers) =>
      route(makeRoute({ policy: 'dearest' }), { ...market, offers }, { dearest }, seeded())
    expect(own().choice?.model).toBe('c')
    expect(own([a, b, { ...c, breaker: 'open' }]).summary).toContain('drawn by health and cost from 2')
  })
})

test('a job that every fit candidate has failed once is asked for again, rather than left to starve', () => {
  const only = makeOffer('openai/gpt-image-2', { usd: '0.05' })
  expect(keyOf(plan([only], { avoid: ['openai/gpt-image-2'] }).choice)).toBe('openai/gpt-image-2')
  const out = makeOffer('openai/gpt-image-2', { usd: '0.05', breaker: 'open' })
  expect(plan([out], { avoid: ['openai/gpt-image-2'] }).choice).toBeNull()
})

test('a plan that is spread or stored is whole, though it is made when it is read', () => {
  const offers = [makeOffer('a/a'), makeOffer('b/b', { usd: null })]
  const words = 'a/a at $0.03: the only one that can do it'
  const whole = {
    choice: { model: 'a' },
    ranked: [{ model: 'a' }],
    excluded: [{ model: 'b' }],
    summary: words,
  }
  expect({ ...plan(offers) }).toMatchObject(whole)
  const text = JSON.stringify(plan(offers), (_, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(JSON.parse(text)).toMatchObject(whole)
})

test('chance has been used up when the choice is made: reading on draws nothing', () => {
  let draws = 0
  const random = () => {
    draws++
    return 0.5
  }
  const routed = plan([makeOffer('a/a'), makeOffer('b/b')], { policy: 'weighted' }, { random })
  expect(draws).toBe(2)
  expect(routed.ranked).toHaveLength(2)
  expect(draws).toBe(2)
})
