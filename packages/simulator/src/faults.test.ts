import { expect, test } from 'vitest'
import { createFaults, type FaultOrder } from './faults.ts'

const order: FaultOrder = { provider: 'openai', model: null, kind: 'down', rate: 1, forMs: null }

test('a fault strikes its provider and model only', () => {
  const faults = createFaults({ clock: () => 0, seed: '1' })
  faults.add({ ...order, model: 'gpt-image-2' })
  expect(faults.draw('openai', 'gpt-image-2')).toBe('down')
  expect(faults.draw('openai', 'gpt-image-1.5')).toBeNull()
  expect(faults.draw('replicate', 'gpt-image-2')).toBeNull()
  expect(faults.draw('openai', null)).toBeNull()
})

test('a fault ends by itself after its time', () => {
  let now = 0
  const faults = createFaults({ clock: () => now, seed: '1' })
  faults.add({ ...order, forMs: 1_000 })
  now = 999
  expect(faults.draw('openai', null)).toBe('down')
  now = 1_000
  expect(faults.draw('openai', null)).toBeNull()
  expect(faults.list()).toEqual([])
})

test('the rate is kept, and the same seed strikes the same requests', () => {
  const struck = (seed: string) => {
    const faults = createFaults({ clock: () => 0, seed })
    faults.add({ ...order, rate: 0.3 })
    return Array.from({ length: 2_000 }, () => faults.draw('openai', null) !== null)
  }
  const share = struck('1').filter(Boolean).length / 2_000
  expect(share).toBeGreaterThan(0.26)
  expect(share).toBeLessThan(0.34)
  expect(struck('1')).toEqual(struck('1'))
  expect(struck('1')).not.toEqual(struck('2'))
})
