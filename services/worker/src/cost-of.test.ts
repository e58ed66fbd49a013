import { expect, test } from 'vitest'
import { ruleInForce } from './cost-of.ts'
import { ruleAt } from './testing/samples.ts'

const began = new Date('2026-11-22T12:00:00Z')
const since = (from: string) => ({ valid: { from, until: null } })

test('a call is booked at the price of its start, though another came meanwhile', () => {
  const history = [
    { version: 9, rule: ruleAt('0.05', since('2026-11-22T12:00:01Z')) },
    { version: 8, rule: ruleAt('0.04') },
    { version: 7, rule: ruleAt('0.03') },
  ]
  expect(ruleInForce(history, 7, began)).toBe(history[2]?.rule)
})

test('a price that was in force before the call began counts, though it was heard of later', () => {
  const history = [
    { version: 8, rule: ruleAt('0.04', since('2026-11-22T11:59:59Z')) },
    { version: 7, rule: ruleAt('0.03', since('2026-01-01T00:00:00Z')) },
  ]
  expect(ruleInForce(history, 7, began)).toBe(history[0]?.rule)
  expect(ruleInForce(history, 6, began), 'a version that nobody knows').toBeNull()
})
