import type { PriceRule } from '@halftone/contracts'
import { sampleRule } from '@halftone/contracts/testing'
import { expect, test } from 'vitest'
import type { Finish } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import { image, newProject, start } from './testing/sample-jobs.ts'

const opened = openLedger()

function rule(id: string, amount: string, observedAt = '2026-08-01'): PriceRule {
  const rule = sampleRule(amount, { id, provider: 'openai', model: 'model-1', observed_at: observedAt })
  return {
    ...rule,
    match: { ...rule.match, modes: [] },
    charge_on: { refused_before: 'free', refused_after: 'full', failed: 'free', cancelled: 'full' },
    source: { kind: 'provider_docs', id: 'docs' },
  }
}

test('only rules whose price differs get a new version; versions rise by one without a gap', async () => {
  const { prices } = opened.ledger
  expect(await prices.current()).toEqual({ version: 0, rules: [], sources: [] })
  const [a, b] = [rule('a', '0.04'), rule('b', '0.03')]
  expect(await prices.put([a, b])).toEqual([
    { booked: { version: 1, rule: a }, previous: null },
    { booked: { version: 2, rule: b }, previous: null },
  ])
  expect(await prices.put([rule('a', '0.04', '2026-08-02'), b])).toEqual([])
  const dearer = rule('a', '0.05')
  expect(await prices.put([dearer, b])).toEqual([{ booked: { version: 3, rule: dearer }, previous: a }])
  const { version, rules } = await prices.current()
  expect(version).toBe(3)
  expect(rules).toEqual([
    { version: 3, rule: dearer },
    { version: 2, rule: b },
  ])
  const history = await prices.history('a', 10)
  expect(history.map((row) => row.version)).toEqual([3, 1])
  expect(history[0]?.until).toBeNull()
  expect(history[1]?.until).toEqual(history[0]?.from)

  const parallel = await Promise.all(Array.from({ length: 8 }, (_, n) => prices.put([rule(`c${n}`, '1')])))
  expect(
    parallel
      .flat()
      .map((row) => row.booked.version)
      .sort((x, y) => x - y),
  ).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
})

test('checks of a source count its misses in a row', async () => {
  const { ledger, sql } = opened
  const check = (changed: boolean, error: string | null) =>
    ledger.prices.sourceChecked('feed', { changed, error })
  await check(true, null)
  await check(false, 'HTTP 500')
  await check(false, 'HTTP 500')
  const [row] = await sql`select misses, last_error, changed_at is not null as changed from price_sources`
  expect(row).toEqual({ misses: 2, last_error: 'HTTP 500', changed: true })
  await check(false, null)
  expect(await sql`select misses, last_error from price_sources`).toEqual([{ misses: 0, last_error: null }])
})

test('a rule that somebody changed after it was judged is left as it is', async () => {
  const { prices } = opened.ledger
  await prices.put([rule('raced', '0.04')])
  const { version } = await prices.current()
  await prices.put([rule('raced', '0.06')])
  expect(await prices.put([rule('raced', '0.05')], version)).toEqual([])
  expect(await prices.put([rule('raced', '0.05')], version + 1)).toHaveLength(1)
})

test('each change of a price is an event, a first price is none, and the same is told once', async () => {
  const { prices } = opened.ledger
  await prices.put([rule('told', '0.04')])
  expect(JSON.stringify(await prices.events.list({ limit: 10 }))).not.toContain('told')
  const [change] = await prices.put([rule('told', '0.06')])
  const { version } = change!.booked
  const now = { components: [{ amount: '0.06' }] }
  expect(await prices.events.list({ kind: 'price.changed', limit: 1 })).toMatchObject([
    { detail: { rule_id: 'told', version, was: { components: [{ amount: '0.04' }] }, now } },
  ])
  const news = { kind: 'model.discovered', key: 'a/b', detail: { price: null } } as const
  expect(await prices.events.record([news])).toEqual([news])
  expect(await prices.events.record([news])).toEqual([])
})

test('paid calls come with the very rule they were made at, what they asked for and what they cost', async () => {
  const { ledger } = opened
  const [booked] = await ledger.prices.put([rule('paid', '0.04')])
  const project = await newProject(ledger)
  const { attemptId, fence } = await start(ledger, project, { hold: 100n })
  const finish: Finish = { attemptId, fence, kind: 'succeeded', cost: 60n, images: [image()] }
  await ledger.attempts.finish(finish)
  // sample attempts are made at version 1 of the book
  const [first] = await opened.sql`select rule from price_rules where version = 1`
  expect(booked?.booked.version).toBeGreaterThan(1)
  expect(await ledger.prices.paidCalls(10)).toMatchObject([
    {
      attemptId,
      cost: 60n,
      pictures: 1,
      priceVersion: 1,
      quality: null,
      rule: first?.rule,
      inputs: { width: 1024 },
    },
  ])
})

const source = 'guarded feed'
function leap(amount: string) {
  const reading = { ...rule('leaping', amount), source: { kind: 'provider_price_api' as const, id: source } }
  return { kind: 'leap' as const, ruleId: 'leaping', reason: 'moved', reading, digest: amount }
}
const report = (findings: ReturnType<typeof leap>[], confirmed: number[] = []) =>
  opened.ledger.prices.quarantine.report(source, { findings, confirmed, complete: true })

test('what is held counts its polls, is released when said again, and is let go when taken back', async () => {
  const { quarantine, events } = opened.ledger.prices
  await report([leap('0.5')])
  await report([leap('0.5')])
  const [held] = await quarantine.binding(source)
  expect(held).toMatchObject({ polls: 2, state: 'held', digest: '0.5', reading: { id: 'leaping' } })
  await report([], [held!.id])
  expect(await quarantine.list({ limit: 1 })).toMatchObject([{ state: 'released', decidedBy: 'poll' }])
  await report([leap('0.9')])
  await report([])
  expect(await quarantine.list({ limit: 1 })).toMatchObject([{ state: 'refused', decidedBy: 'source' }])
  expect(await quarantine.binding(source)).toEqual([])
  const told = await events.list({ limit: 3 })
  expect(told.map(({ kind }) => kind)).toEqual(['price.quarantined', 'price.released', 'price.quarantined'])
})

test('the operator’s release books the reading in one step; a refusal binds the next polls', async () => {
  const { prices } = opened.ledger
  await report([leap('7')])
  const [held] = await prices.quarantine.binding(source)
  expect(await prices.quarantine.release(held!.id)).toMatchObject([{ booked: { rule: { id: 'leaping' } } }])
  expect(await prices.quarantine.release(held!.id)).toEqual([])
  expect((await prices.current()).rules.find(({ rule: { id } }) => id === 'leaping')).toBeDefined()
  await report([leap('8')])
  const [again] = await prices.quarantine.binding(source)
  expect(await prices.quarantine.refuse(again!.id)).toBe(true)
  expect(await prices.quarantine.binding(source)).toMatchObject([{ state: 'refused', decidedBy: 'operator' }])
})

test('an authority’s last answer dates its providers’ prices; a source that is no longer configured dates nothing', async () => {
  const { prices } = opened.ledger
  const declare = (...ids: string[]) =>
    prices.sources.declare(ids.map((id) => ({ id, role: 'authority' as const, providers: ['openai'] })))
  await declare('one')
  expect((await prices.current()).sources).toEqual([])
  await prices.sourceChecked('one', { changed: false, error: null, digest: 'x' })
  await prices.sourceChecked('one', { changed: false, error: 'HTTP 500' })
  const [age] = (await prices.current()).sources
  expect(age).toMatchObject({ providers: ['openai'] })
  expect(age!.ageMs).toBeGreaterThanOrEqual(0)
  expect(await prices.sources.list()).toMatchObject([{ id: 'one', misses: 1, lastError: 'HTTP 500' }])
  await declare('other')
  expect((await prices.current()).sources).toEqual([])
})
