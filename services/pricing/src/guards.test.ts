import type { PriceRule } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { type GuardInput, guard, type Verdict } from './guards.ts'
import { fromFeed } from './testing/price-rule.ts'

const ids = Array.from({ length: 20 }, (_, index) => `rule-${index}`)
const book = new Map(ids.map((id) => [id, fromFeed(id, '0.04')]))
const all = [...book.values()]
const hourMs = 3_600_000

function judge(readings: PriceRule[], bound: GuardInput['bound'] = [], now = 0) {
  return guard({ readings, known: book, own: new Set(ids), bound, now })
}
const withFirst = (rule: PriceRule) => [rule, ...all.slice(1)]
/** The rows that the findings of a verdict become. */
const rowsOf = ({ findings }: Verdict, state: GuardInput['bound'][number]['state'] = 'held') =>
  findings.map((finding, index) => ({ ...finding, id: index + 1, state, firstSeen: new Date(0) }))

test.each([
  ['zero', fromFeed('rule-0', '0')],
  ['zero', fromFeed('rule-0', '0.000')],
  ['negative', fromFeed('rule-0', '-1')],
  ['outside', fromFeed('rule-0', '4')],
  ['outside', fromFeed('rule-0', '0.00004')],
  ['free', fromFeed('rule-0', '0', { status: 'free' })],
])('a price that is %s is nonsense, however often it is said, and holds up no other', (word, rule) => {
  const first = judge(withFirst(rule))
  const later = judge(withFirst(rule), rowsOf(first), 48 * hourMs)
  for (const { accepted, findings, confirmed } of [first, later]) {
    expect(accepted).toHaveLength(19)
    expect(findings).toMatchObject([{ kind: 'nonsense', ruleId: 'rule-0' }])
    expect(findings[0]?.reason).toContain(word)
    expect(confirmed).toEqual([])
  }
  expect(judge(withFirst(rule), rowsOf(first, 'refused'))).toMatchObject({ findings: [] })
})

test('what the operator let in is not held again, nor is anything held for standing beside it', () => {
  const odd = fromFeed('rule-0', '4')
  const known = new Map(book).set('rule-0', odd)
  const readings = [odd, fromFeed('rule-1', '0.05'), ...all.slice(2)]
  expect(guard({ readings, known, own: new Set(ids), bound: [], now: 0 }).findings).toEqual([])
})

test('a wrong unit is a whole file’s: where one price falls out of the band, its new neighbours are held too', () => {
  const cents = ['0.00003', '0.0004', '0.0006'].map((amount, index) => fromFeed(`new-${index}`, amount))
  const elsewhere = fromFeed('other', '0.05', { provider: 'other' })
  const { accepted, findings } = judge([...all, ...cents, elsewhere])
  expect(findings.map(({ ruleId }) => ruleId)).toEqual(['new-0', 'new-1', 'new-2'])
  expect(accepted).toHaveLength(21)
})

test('bands go by unit: what is dear for an image is fair for a million tokens', () => {
  const tokens = { kind: 'per_token', stream: 'image_out', amount: '30', per: 1_000_000 } as const
  expect(judge([...all, fromFeed('new', '', { components: [tokens] })]).findings).toEqual([])
})

test.each(['0.21', '0.007'])(
  'a leap from 0.04 to %s waits for a second poll that says the same',
  (amount) => {
    const first = judge(withFirst(fromFeed('rule-0', amount)))
    expect(first.accepted).toHaveLength(19)
    expect(first.findings).toMatchObject([{ kind: 'leap', ruleId: 'rule-0', reading: { id: 'rule-0' } }])
    const other = judge(withFirst(fromFeed('rule-0', '0.3')), rowsOf(first))
    expect(other).toMatchObject({ findings: [{ kind: 'leap' }], confirmed: [] })
    const second = judge(withFirst(fromFeed('rule-0', amount)), rowsOf(first))
    expect(second).toMatchObject({ findings: [], confirmed: [1] })
    expect(second.accepted).toHaveLength(20)
  },
)

test('a move of exactly five times and a new rule pass, known price or not', () => {
  const readings = [
    fromFeed('rule-0', '0.2'),
    ...all.slice(1),
    fromFeed('new', '1.5'),
    fromFeed('unpriced', null),
  ]
  expect(judge(readings)).toMatchObject({ findings: [], accepted: readings })
})

test('a rule that is gone, or lost its price, keeps the last good one for a day; then it is believed', () => {
  const readings = [fromFeed('rule-0', null), ...all.slice(2)]
  const first = judge(readings)
  expect(first.findings.map(({ kind, ruleId }) => [kind, ruleId])).toEqual([
    ['gone', 'rule-0'],
    ['gone', 'rule-1'],
  ])
  expect(judge(readings, rowsOf(first), 23 * hourMs).findings).toHaveLength(2)
  const later = judge(readings, rowsOf(first), 24 * hourMs)
  expect(later).toMatchObject({ findings: [], confirmed: [1, 2] })
  expect(later.accepted.map(({ id, status }) => [id, status])).toContainEqual(['rule-1', 'retired'])
})

test('a refresh that lacks more than a tenth of the known rules is held whole, until said twice; then for good', () => {
  expect(judge(all.slice(2)).accepted).toHaveLength(18)
  const short = all.slice(3)
  const first = judge(short)
  expect(first).toMatchObject({ accepted: [], complete: false, findings: [{ kind: 'shrunk', ruleId: null }] })
  expect(judge(all.slice(4), rowsOf(first)).accepted).toEqual([])
  const second = judge(short, rowsOf(first))
  expect(second).toMatchObject({ confirmed: [1], complete: true })
  expect(second.accepted).toHaveLength(17)
  expect(judge(short, rowsOf(first, 'released')).accepted).toHaveLength(17)
  expect(judge(short, rowsOf(first, 'refused'))).toMatchObject({ accepted: [], findings: [] })
})

test('a refresh in which all rules lost prices of one sort is held whole, though every rule is there', () => {
  const cached = { kind: 'per_token', stream: 'cached_image_in', amount: '2', per: 1_000_000 } as const
  const known = new Map(all.map((rule) => [rule.id, { ...rule, components: [...rule.components, cached] }]))
  const verdict = guard({ readings: all, known, own: new Set(ids), bound: [], now: 0 })
  expect(verdict.accepted).toEqual([])
  expect(verdict.findings[0]).toMatchObject({
    kind: 'shrunk',
    reason: 'no rule has cached_image_in tokens any more',
  })
})
