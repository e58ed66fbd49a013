import { AppError } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'

test('callers of one turn share a batch, none above the size, and each gets its own answer', async () => {
  const sizes: number[] = []
  const batcher = createBatcher<number, string>({
    rowsMax: 4,
    async flush(rows) {
      sizes.push(rows.length)
      return rows.map((row) => (row === 3 ? new Error('not this one') : `row ${row}`))
    },
  })
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => batcher.add(n)))
  expect(sizes).toEqual([4, 4, 2])
  expect(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message)),
  ).toEqual(Array.from({ length: 10 }, (_, n) => (n === 3 ? 'not this one' : `row ${n}`)))
})

test('what arrives while all flushes are busy goes together', async () => {
  const sizes: number[] = []
  const gate = Promise.withResolvers<void>()
  const batcher = createBatcher<number, number>({
    flushesMax: 1,
    async flush(rows) {
      sizes.push(rows.length)
      await gate.promise
      return rows
    },
  })
  const first = batcher.add(0)
  await new Promise((resolve) => setImmediate(resolve))
  const rest = [1, 2, 3].map((row) => batcher.add(row))
  gate.resolve()
  expect(await Promise.all([first, ...rest])).toEqual([0, 1, 2, 3])
  expect(sizes).toEqual([1, 3])
  await batcher.idle()
})

test('a bad row fails alone; rows of one key never share a batch', async () => {
  const batches: string[][] = []
  const batcher = createBatcher<string, string>({
    flushesMax: 1,
    keyOf: (row) => row[0]!,
    async flush(rows) {
      batches.push(rows)
      if (rows.includes('bad')) throw new Error('bad data')
      return rows
    },
  })
  const results = await Promise.allSettled(['a1', 'bad', 'a2', 'c'].map((row) => batcher.add(row)))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(batches).toEqual([['a1', 'bad', 'c'], ['a1'], ['bad'], ['c'], ['a2']])
})

test('a batch that lost its connection is not written again row by row', async () => {
  let flushes = 0
  const batcher = createBatcher<number, number>({
    async flush() {
      flushes++
      throw new AppError('unavailable', 'gone')
    },
  })
  const results = await Promise.allSettled([batcher.add(1), batcher.add(2)])
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  expect(flushes).toBe(1)
})
