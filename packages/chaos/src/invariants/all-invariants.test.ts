import { expect, test } from 'vitest'
import { type InvariantName, invariants, judge } from './all-invariants.ts'
import { longestStillMs } from './always-moving.ts'
import type { Facts } from './facts.ts'
import { sumsOf } from './sums-equal.ts'
import { payment, soundRun } from './testing/sound-run.ts'

const broken = (facts: Facts) =>
  Object.entries(judge(facts))
    .filter(([, found]) => found.length > 0)
    .map(([name]) => name)

/** What a bug would leave behind, and which invariant must see it. */
const spoilings: [string, InvariantName, (facts: Facts) => void][] = [
  [
    'a job that never ended',
    'I1',
    ({ jobs }) => change(jobs, 'job_refused', { status: 'dispatched', webhook: false }),
  ],
  ['an attempt that is still out', 'I1', ({ attempts }) => change(attempts, 'att_4', { state: 'submitted' })],
  ['an accepted job that is not stored', 'I1', ({ promises }) => void promises.push(promise({ stored: 0 }))],
  ['an attempt that was paid twice', 'I2', ({ payments }) => void payments.push(payment('att_1', 0n))],
  [
    'a job that was bought twice under hold',
    'I2',
    ({ jobs }) => change(jobs, 'job_bought_twice', { onUnknown: 'hold' }),
  ],
  ['a payment that nobody wrote down', 'I3', ({ payments }) => void payments.push(payment('att_none', 0n))],
  ['a payment without an attempt', 'I3', ({ payments }) => void payments.push(payment(null, 0n))],
  [
    'an attempt committed after it was paid',
    'I3',
    ({ attempts }) => change(attempts, 'att_1', { committedAt: 2_500 }),
  ],
  ['a nano-dollar more in the books', 'I4', ({ payments }) => change(payments, 0, { nano: 41n })],
  [
    'a released attempt that was paid',
    'I4',
    ({ attempts }) => change(attempts, 'att_2', { state: 'released' }),
  ],
  ['a picture that is not in the store', 'I5', ({ badPictures }) => void badPictures.push('ab')],
  ['a job that succeeded without a picture', 'I5', ({ jobs }) => change(jobs, 'job_paid', { pictures: [] })],
  ['an attempt settled and not paid', 'I5', ({ payments }) => void payments.splice(0, 1)],
  ['more unknown outcomes than faults', 'I6', (facts) => void Object.assign(facts, { unknownMax: 0 })],
  [
    'a commit above the limit',
    'I7',
    ({ overBudget }) =>
      void overBudget.push({ account: 'prj_1', held: 6n, spent: 5n, limit: 10n, overrun: 0n }),
  ],
  ['an audit that saw nothing', 'I7', (facts) => void Object.assign(facts, { audited: 0 })],
  [
    'an overrun where no price was raised',
    'I7',
    ({ entries }) =>
      void entries.push({
        kind: 'overrun',
        accounts: ['prj_1'],
        attemptId: 'att_1',
        from: 'available',
        to: 'spent',
        nano: 0n,
      }),
  ],
  [
    'a balance that its entries do not give',
    'I8',
    ({ accounts }) => change(accounts, 'prj_1', { spent: 81n }),
  ],
  ['an ended job that still holds money', 'I8', ({ jobs }) => change(jobs, 'job_paid', { holdNano: 1n })],
  [
    'a hold that no job has',
    'I8',
    ({ jobs }) => change(jobs, 'job_bought_twice', { holdNano: 0n, unknownNano: 0n }),
  ],
  [
    'an end that was never told',
    'I9',
    ({ messages, deliveries }) => {
      messages.pop()
      deliveries.pop()
    },
  ],
  [
    'an end told under two ids',
    'I9',
    ({ messages, deliveries }) => {
      messages.push({ ...messages[0]!, id: 'whk_2' })
      deliveries.push({ ...deliveries[0]!, id: 'whk_2' })
    },
  ],
  ['a webhook that never came', 'I9', ({ deliveries }) => void deliveries.shift()],
  ['a bad signature', 'I9', ({ deliveries }) => void deliveries.push({ ...deliveries[0]!, good: false })],
  [
    'an end told as another',
    'I9',
    ({ messages, deliveries }) => {
      change(messages, 0, { type: 'image.job.failed' })
      change(deliveries, 0, { type: 'image.job.failed' })
    },
  ],
  [
    'another answer to the same key',
    'I10',
    ({ promises }) => change(promises, 0, { accepted: ['{"id":1}', '{"id":2}'] }),
  ],
  ['two jobs under one key', 'I10', ({ promises }) => change(promises, 0, { stored: 2 })],
  ['a key in a log', 'I11', ({ leaks }) => void leaks.push('provider key in a log')],
  [
    'a minute of stillness',
    'I12',
    ({ samples }) =>
      void samples.push(...[2, 70].map((at) => ({ at: at * 1_000, done: 2, open: true, activeFaults: 1 }))),
  ],
]

test('a sound run breaks nothing', () => {
  expect(broken(soundRun())).toEqual([])
  expect(new Set(spoilings.map(([, name]) => name))).toEqual(new Set(Object.keys(invariants)))
})

test.each(spoilings)('%s breaks %s', (_, name, spoil) => {
  const facts = soundRun()
  spoil(facts)
  expect(broken(facts)).toContain(name)
})

test('what unknown attempts were paid is no difference, and is told', () => {
  expect(sumsOf(soundRun())).toEqual({ ledger: 80n, simulator: 120n, unknownPaid: 40n, priceLag: 0n })
  const resolved = soundRun()
  change(resolved.attempts, 'att_2', { state: 'resolved', costNano: 40n })
  expect(sumsOf(resolved)).toEqual({ ledger: 120n, simulator: 120n, unknownPaid: 0n, priceLag: 0n })
})

test('a price that was told after the booking excuses its difference, one that was told before does not', () => {
  const late = soundRun()
  change(late.payments, 0, { nano: 48n })
  late.priceChanges.push({ at: 500, provider: 'openai', model: 'gpt-image-2', ruleId: 'feed' })
  late.priceNews.push({ ruleId: 'rule', at: 3_500 })
  expect(sumsOf(late).priceLag).toBe(8n)
  expect(broken(late)).toEqual([])
  late.priceNews.push({ ruleId: 'rule', at: 900 })
  expect(broken(late)).toEqual(['I4'])
})

test('time in which nothing is open, or more than one fault is active, is no stillness', () => {
  const at = (seconds: number, open: boolean, activeFaults: number) => ({
    at: seconds * 1_000,
    done: 1,
    open,
    activeFaults,
  })
  expect(longestStillMs([at(0, true, 0), at(50, true, 1)])).toBe(50_000)
  expect(longestStillMs([at(0, true, 0), at(50, true, 2), at(100, true, 1)])).toBe(50_000)
  expect(longestStillMs([at(0, true, 0), at(500, false, 0), at(510, true, 0)])).toBe(10_000)
})

function change<T extends object>(list: T[], which: string | number, fields: Partial<T>): void {
  const found =
    typeof which === 'number' ? list[which] : list.find((item) => 'id' in item && item.id === which)
  if (!found) throw new Error(`nothing to spoil under ${which}`)
  Object.assign(found, fields)
}

function promise(rest: Partial<Facts['promises'][number]>): Facts['promises'][number] {
  return { key: 'key', accepted: ['{}'], stored: 1, promised: 1, ...rest }
}
