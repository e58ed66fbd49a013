import type { CountedCall } from '@halftone/ledger'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeUsage } from './judge-usage.ts'
import { chooseWindow, type WindowOptions } from './usage-window.ts'

const noon = Date.parse('2026-11-22T12:00:00Z')
const minute = 60_000
const options: WindowOptions = { skewMs: 5_000, callMs: 30_000, until: noon + 600 * minute }

let calls = 0
function callAt(
  startMs: number,
  endMs: number | null,
  state: CountedCall['state'] = 'paid',
  n = 1,
): CountedCall {
  return {
    attemptId: `att_${++calls}`,
    model: 'm',
    size: '64x64',
    n,
    state,
    startedAt: new Date(noon + startMs),
    finishedAt: endMs === null ? null : new Date(noon + endMs),
    worst: 1n,
    ruleId: 'r',
    priceVersion: 1,
  }
}
const lost = (startMs: number, n = 1) => callAt(startMs, startMs + 10_000, 'unknown', n)

function judge(all: CountedCall[], requests: number, images = requests) {
  const unknown = all.find(({ state }) => state === 'unknown')!
  const window = chooseWindow(unknown, all, options)!
  return judgeUsage(all, { requests, images }, window, options)
}

test('paid among the unknown is what the provider counted less what we settled', () => {
  const all = [lost(10_000), lost(12_000), callAt(20_000, 25_000), lost(21_000)]
  const members = [all[0], all[1], all[3]]
  for (const paid of [0, 1, 2, 3]) expect(judge(all, 1 + paid)).toEqual({ kind: 'paid', paid, members })
})

test('counts that do not fit leave everything open', () => {
  const all = [lost(10_000), callAt(20_000, 25_000)]
  expect(judge(all, 0)).toMatchObject({ kind: 'doubt', why: expect.stringContaining('too few') })
  expect(judge(all, 3)).toMatchObject({ kind: 'doubt', why: expect.stringContaining('somebody else') })
  expect(judge(all, 2, 5)).toMatchObject({ kind: 'doubt', why: expect.stringContaining('pictures') })
})

test('a call at the edge of the window leaves a doubt, unless all or none fit the count either way', () => {
  const stream = Array.from({ length: 200 }, (_, i) =>
    callAt(-100 * minute + i * minute - 1_000, -100 * minute + i * minute + 1_000),
  )
  const all = [...stream, lost(10_000)]
  const window = chooseWindow(all.at(-1)!, all, options)!
  const inside = stream.filter(({ startedAt }) => {
    const at = startedAt.getTime() + 1_000
    return at - 6_000 >= window.from && at + 6_000 <= window.to
  }).length
  expect(judge(all, inside + 1)).toMatchObject({ kind: 'doubt' })
  expect(judge(all, inside + 3)).toMatchObject({ kind: 'paid', paid: 1 })
  expect(judge(all, inside)).toMatchObject({ kind: 'paid', paid: 0 })
  expect(judge([...all, callAt(5_000, null, 'live')], inside + 1)).toMatchObject({ kind: 'doubt' })
})

test('the edges are moved to where nobody calls, and wait for the report to get there', () => {
  const one = lost(10_000)
  const near = callAt(55_000, 70_000)
  const window = chooseWindow(one, [one, near], options)!
  expect(window).toEqual({ from: noon, to: noon + 2 * minute })
  expect(chooseWindow(one, [one], { ...options, until: noon + 30_000 })).toBeNull()
})

test('whatever was really paid and however clocks differ, a verdict is never wrong', () => {
  const world = fc.array(
    fc.record({
      start: fc.integer({ min: -3 * minute, max: 3 * minute }),
      ms: fc.integer({ min: 100, max: 20_000 }),
      unknown: fc.boolean(),
      paid: fc.boolean(),
      /** When the provider counts it, after its start, by its own clock. */
      counted: fc.integer({ min: 0, max: 30_000 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  fc.assert(
    fc.property(world, fc.integer({ min: -5_000, max: 5_000 }), (told, skew) => {
      const all = told.map(({ start, ms, unknown }, i) => ({
        call: callAt(start, start + ms, unknown || i === 0 ? 'unknown' : 'paid'),
        ...told[i]!,
      }))
      const known = all.map(({ call }) => call)
      const window = chooseWindow(known[0]!, known, options)!
      const isPaid = ({ call, paid }: (typeof all)[number]) => call.state === 'paid' || paid
      const requests = all.filter((one) => {
        const after = one.call.state === 'paid' ? Math.min(one.counted, one.ms) : one.counted
        const at = one.call.startedAt.getTime() + after + skew
        return isPaid(one) && at >= window.from && at < window.to
      }).length
      const verdict = judgeUsage(known, { requests, images: requests }, window, options)
      if (verdict.kind === 'doubt') return
      const members = new Set(verdict.members.map(({ attemptId }) => attemptId))
      const really = all.filter((one) => members.has(one.call.attemptId) && one.paid).length
      expect(verdict.paid).toBe(really)
    }),
    { numRuns: 2_000, seed: 4 },
  )
})
