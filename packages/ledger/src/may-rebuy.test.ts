import { expect, test } from 'vitest'
import { allowsRebuy } from './may-rebuy.ts'

test('a second purchase is by policy, up to ten cents by default', () => {
  const tenCents = 100_000_000n
  expect(allowsRebuy('auto', tenCents)).toBe(true)
  expect(allowsRebuy('auto', tenCents + 1n)).toBe(false)
  expect(allowsRebuy('hold', 1n)).toBe(false)
  expect(allowsRebuy('resubmit', 9n * tenCents)).toBe(true)
})
