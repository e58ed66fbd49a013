import { createLogger, Registry } from '@halftone/service-kit'
import { expect, test, vi } from 'vitest'
import { meterUnknown } from './meter-unknown.ts'

test('a look at the metrics reads the totals once, and one that fails hides nothing else', async () => {
  const registry = new Registry()
  const totals = vi.fn(async () => ({ count: 3, held: 20_000_000n, forPerson: 1, oldest: null }))
  meterUnknown({ reconciliation: { totals }, registry, log: createLogger('test', 'fatal') })
  const first = await registry.metrics()
  expect(first).toContain('halftone_unknown_attempts 3')
  expect(first).toContain('halftone_unknown_held_usd 0.02')
  expect(first).toContain('halftone_unknown_need_person 1')
  expect(totals).toHaveBeenCalledTimes(1)
  totals.mockRejectedValueOnce(new Error('the database is away'))
  expect(await registry.metrics()).toContain('halftone_unknown_attempts')
  await registry.metrics()
  expect(totals).toHaveBeenCalledTimes(3)
})
