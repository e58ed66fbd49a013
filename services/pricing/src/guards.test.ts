import type { PriceRule } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { guard, type Held, nothingHeld } from './guards.ts'
import { fromFeed } from './testing/price-rule.ts'

const ids = Array.from({ length: 20 }, (_, index) => `rule-${index}`)
const book = new Map(ids.map((id) => [id, fromFeed(id, '0.04')]))
const all = [...book.values()]

function judge(readings: PriceRule[], held: Held = nothingHeld) {
  return guard({ readings, booked: book, own: new Set(ids), held })
}
const withFirst = (rule: PriceRule) => [rule, ...all.slice(1)]

test.each([
  ['zero', fromFeed('rule-0', '0')],
  ['zero', fromFeed('rule-0', '0.000')],
  ['negative', fromFeed('rule-0', '-1')],
  ['outside', fromFeed('rule-0', '4')],
  ['outside', fromFeed('rule-0', '0.00004')],
  ['free', fromFeed('rule-0', '0', { status: 'free' })],
])('a price that is %s is refused, however often it is said, and holds up no other', (word, rule) => {
  const first = judge(withFirst(rule))
  const second = judge(withFirst(rule), first.held)
  for (const { accepted, faults } of [first, second]) {
    expect(accepted).toHaveLength(19)
    expect(faults).toMatchObject([{ kind: 'refused', ruleId: 'rule-0', was: '0.04' }])
    expect(faults[0]?.reason).toContain(word)
  }
})

test('bands go by unit: what is dear for an image is fair for a million tokens', () => {
  const tokens = { kind: 'per_token', stream: 'image_out', amount: '30', per: 1_000_000 } as const
  expect(judge([...all, fromFeed('new', '', { components: [tokens] })]).faults).toEqual([])
})

test.each(['0.21', '0.007'])(
  'a leap from 0.04 to %s waits for a second poll that says the same',
  (amount) => {
    const first = judge(withFirst(fromFeed('rule-0', amount)))
    expect(first.accepted).toHaveLength(19)
    expect(first.faults).toMatchObject([{ kind: 'held', ruleId: 'rule-0', was: '0.04', now: amount }])
    const other = judge(withFirst(fromFeed('rule-0', '0.3')), first.held)
    expect(other.faults).toMatchObject([{ kind: 'held', now: '0.3' }])
    expect(judge(withFirst(fromFeed('rule-0', amount)), first.held)).toMatchObject({ faults: [] })
    expect(judge(all, first.held)).toMatchObject({ faults: [], held: nothingHeld })
  },
)

test('a move of exactly five times, an unknown price and a new rule pass', () => {
  const readings = [
    fromFeed('rule-0', '0.2'),
    fromFeed('rule-1', null),
    ...all.slice(2),
    fromFeed('new', '1.5'),
  ]
  expect(judge(readings)).toMatchObject({ faults: [], accepted: readings })
})

test('a refresh that lacks more than a tenth of the known rules is held whole, until said twice', () => {
  expect(judge(all.slice(2)).accepted).toHaveLength(18)
  const short = all.slice(3)
  const first = judge(short)
  expect(first.accepted).toEqual([])
  expect(first.faults).toMatchObject([{ kind: 'held', ruleId: null, was: '20', now: '17' }])
  expect(judge(all.slice(4), first.held).accepted).toEqual([])
  const second = judge(short, first.held)
  expect(second.accepted).toHaveLength(17)
  expect(judge(short, second.held).accepted).toHaveLength(17)
})
