import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { applyMutant, copyCheckout } from './mutate.ts'

test('each of the twelve mutants still fits the code, and names a case that exists', async () => {
  const copy = await copyCheckout()
  try {
    for (const mutant of mutants) await (await applyMutant(copy.dir, mutant)).undo()
  } finally {
    await copy.remove()
  }
  expect(mutants).toHaveLength(12)
})
