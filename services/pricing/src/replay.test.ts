import { modelKey, type PriceRule } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { outOfBand } from './bands.ts'
import { litellmRules } from './sources/litellm.ts'
import { fixture, fixtureText, noFixtures } from './testing/fixtures.ts'
import { followFake } from './testing/follow.ts'

const hourMs = 3_600_000
const origin = {
  kind: 'curated_repo',
  id: 'feed',
  confidence: 0.6,
  observedAt: '2026-01-06T00:00:00.000Z',
} as const
const eventSchema = z.object({
  at: z.string(),
  op: z.enum(['added', 'removed', 'changed']),
  key: z.string(),
  old: z.record(z.string(), z.unknown()).optional(),
  new: z.record(z.string(), z.unknown()).optional(),
})

/** LiteLLM's map after each commit that touched an image price, from what the events say. */
function recordedStates(): { at: number; events: number; rules: PriceRule[] }[] {
  const lines = fixtureText('litellm/image-price-changes.2025-02_2026-07.jsonl').trim().split('\n')
  const events = lines.map((line) => eventSchema.parse(JSON.parse(line)))
  const map = new Map<string, Record<string, unknown>>()
  return [...Map.groupBy(events, ({ at }) => at)].map(([at, together]) => {
    for (const { op, key, old, new: next } of together) {
      if (op === 'removed') map.delete(key)
      else
        map.set(
          key,
          Object.fromEntries(
            Object.entries({ ...map.get(key), ...old, ...next }).filter(([, v]) => v !== null),
          ),
        )
    }
    return {
      at: Date.parse(at),
      events: together.length,
      rules: litellmRules(Object.fromEntries(map), origin),
    }
  })
}

/** Each state is polled when it came and every hour after, until the next; an hour later and a day later stand for the rest. */
async function replay(follow: ReturnType<typeof followFake>) {
  const states = recordedStates()
  const first = new Map<string, { held: (string | null)[]; changes: number }>()
  for (const [index, { at, rules }] of states.entries()) {
    const until = states[index + 1]?.at ?? at + 48 * hourMs
    const [rows, changes] = [follow.prices.held.length, follow.signals.length]
    follow.time.now = at
    await follow.rules(rules)
    first.set(new Date(at).toISOString().slice(0, 13), {
      held: follow.prices.held.slice(rows).map(({ kind, ruleId }) => (kind === 'shrunk' ? kind : ruleId)),
      changes: follow.signals.length - changes,
    })
    for (const later of [hourMs, 2 * hourMs, 26 * hourMs])
      if (at + later < until) {
        follow.time.now = at + later
        await follow.poll()
      }
  }
  return { states, first }
}

describe.skipIf(noFixtures)('17 months of recorded price changes (needs ../shared)', () => {
  test('all 499 are followed: real changes pass at once, shrunken files wait, nonsense never gets in, and the book ends where the feed does', async () => {
    const follow = followFake()
    const { states, first } = await replay(follow)
    expect(states.reduce((sum, { events }) => sum + events, 0)).toBe(499)

    // 26 February: all eleven prices of one reseller rise by 23 to 33 %
    expect(first.get('2026-02-26T04')).toEqual({ held: [], changes: 11 })
    // 6 January: an older file is served for four hours; 16 January: 27 entries are away for four
    expect(first.get('2026-01-06T06')).toEqual({ held: ['shrunk'], changes: 0 })
    expect(first.get('2026-01-16T13')).toEqual({ held: ['shrunk'], changes: 0 })
    // 28 June: 25 kinds of field are dropped, and every key stays
    expect(first.get('2026-06-28T03')).toEqual({ held: ['shrunk'], changes: 0 })

    const booked = (await follow.prices.current()).rules.map(({ rule }) => rule)
    expect(booked.filter((rule) => rule.status === 'known' && outOfBand(rule))).toEqual([])
    const alive = booked.filter(({ status }) => status !== 'retired')
    const nonsense = new Set(
      follow.prices.held
        .filter(({ kind, state }) => kind === 'nonsense' && state === 'held')
        .map(({ ruleId }) => ruleId),
    )
    const last = states.at(-1)?.rules.filter(({ id }) => !nonsense.has(id)) ?? []
    expect(alive.map(({ id }) => id).toSorted()).toEqual([...new Set(last.map(({ id }) => id))].toSorted())
  })

  test('no model was lost in the six hours of January', async () => {
    const follow = followFake()
    const file = (name: string) => litellmRules(fixture(`litellm/incident-2026-01-06.${name}.json`), origin)
    const alive = async () =>
      new Set(
        (await follow.prices.current()).rules.flatMap(({ rule }) =>
          rule.status === 'retired' ? [] : [modelKey(rule)],
        ),
      )
    await follow.rules(file('before'))
    const [before, version] = [await alive(), (await follow.prices.current()).version]
    await follow.rules(file('during'))
    expect((await follow.prices.current()).version).toBe(version)
    expect(follow.prices.held.at(-1)).toMatchObject({ kind: 'shrunk', state: 'held', ruleId: null })
    for (let hour = 1; hour < 4; hour++) {
      follow.time.now = hour * hourMs
      await follow.poll()
    }
    expect(await alive()).toEqual(before)
    follow.time.now = 4 * hourMs
    await follow.rules(file('after'))
    expect(await alive()).toEqual(before)
    expect(follow.prices.held.filter(({ state }) => state === 'held').map(({ kind }) => kind)).not.toContain(
      'gone',
    )
  })

  test('a file that is served for one poll only leaves no trace in the prices', async () => {
    const follow = followFake()
    const file = (name: string) => litellmRules(fixture(`litellm/incident-2026-01-06.${name}.json`), origin)
    await follow.rules(file('before'))
    const before = await follow.prices.current()
    await follow.rules(file('during'))
    await follow.rules(file('after'))
    expect(await follow.prices.current()).toEqual(before)
  })

  test('the dropped fields of June are held, and believed when said again', async () => {
    const follow = followFake()
    const file = (day: string) => litellmRules(fixture(`litellm/model_prices.image.2026-${day}.json`), origin)
    await follow.rules(file('06-26'))
    const { version } = await follow.prices.current()
    await follow.rules(file('08-01'))
    expect((await follow.prices.current()).version).toBe(version)
    expect(follow.prices.held.find(({ kind }) => kind === 'shrunk')?.reason).toContain(
      'cached_image_in tokens',
    )
    await follow.poll()
    expect(follow.prices.held.find(({ kind }) => kind === 'shrunk')).toMatchObject({ state: 'released' })
    expect((await follow.prices.current()).version).toBeGreaterThan(version)
  })
})
