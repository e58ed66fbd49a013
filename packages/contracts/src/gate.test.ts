import { expect, test } from 'vitest'
import { createGate } from './gate.ts'

test('never more than so many at a time, in the order they came, failures among them', async () => {
  const gate = createGate(2)
  const started: number[] = []
  const tasks = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const results = tasks.map(({ promise }, i) =>
    gate(async () => {
      started.push(i)
      await promise
    }).catch(() => 'failed'),
  )
  expect(started).toEqual([0, 1])
  tasks[1]!.reject(new Error('no'))
  expect(await results[1]).toBe('failed')
  expect(started).toEqual([0, 1, 2])
  for (const { resolve } of tasks) resolve()
  await Promise.all(results)
  expect(started).toEqual([0, 1, 2, 3, 4])
})
