import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quoteRule } from './quote-rule.ts'
import { anyRequest, anyRule } from './testing/arbitrary-rules.ts'
import { decimalQuote } from './testing/decimal-quote.ts'

test('100,000 sums of every form come out to the nano-dollar as in decimal arithmetic, or are unknown in both', () => {
  let known = 0
  fc.assert(
    fc.property(anyRule, anyRequest, (rule, request) => {
      const quote = quoteRule(rule, request)
      const nano = quote.status === 'known' ? quote.nano_usd : null
      if (nano !== null) known++
      return quote.status !== 'ineligible' && nano === decimalQuote(rule, request)
    }),
    { numRuns: 100_000, seed: 20_261_122 },
  )
  // or it would prove little
  expect(known).toBeGreaterThan(50_000)
})
