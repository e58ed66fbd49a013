import type * as contracts from '@halftone/contracts'
import { expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import type * as wire from './wire.ts'
import { isCurrent } from './write-wire-types.ts'

test('the published types are those of contracts: else run node packages/client/src/write-wire-types.ts', async () => {
  expect(await isCurrent()).toBe(true)
})

test('what the client sends, contracts take; what contracts answer, the client knows', () => {
  expectTypeOf<wire.JobInput>().toExtend<contracts.JobInput>()
  expectTypeOf<wire.BulkInput>().toExtend<z.input<typeof contracts.bulkFieldsSchema>>()
  expectTypeOf<contracts.JobAnswer>().toExtend<wire.JobAnswer>()
  expectTypeOf<contracts.BulkAccepted>().toExtend<wire.BulkAccepted>()
  expectTypeOf<contracts.BulkAnswer>().toExtend<wire.BulkAnswer>()
  expectTypeOf<contracts.QuoteAnswer>().toExtend<wire.QuoteAnswer>()
  expectTypeOf<contracts.BulkQuoteAnswer>().toExtend<wire.BulkQuoteAnswer>()
  expectTypeOf<contracts.WebhookBody>().toExtend<wire.WebhookBody>()
})
