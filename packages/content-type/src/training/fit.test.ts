import { existsSync } from 'node:fs'
import { seededRandom } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { readModelFile } from '../model.ts'
import { shipped } from '../shipped-model.ts'
import { fit } from './fit.ts'
import { grammarRows } from './grammar.ts'
import { readRows, rowsFile } from './rows.ts'
import { settings } from './settings.ts'

test('the same rows and seed make the same file, another seed another', () => {
  const rows = grammarRows(20, seededRandom(1))
  const few = { ...settings, steps: 3 }
  const first = JSON.stringify(fit(rows, few))
  expect(JSON.stringify(fit(rows, few))).toBe(first)
  expect(JSON.stringify(fit(rows, { ...few, seed: 9 }))).not.toBe(first)
})

test('the file that ships is small and whole', () => {
  expect(shipped.weights).toHaveLength(shipped.terms.size * shipped.bias.length)
  expect(JSON.stringify(readModelFile()).length).toBeLessThan(1_000_000)
})

describe.skipIf(!existsSync(rowsFile))('from the prompt collection (needs ../shared)', () => {
  test('training again makes the shipped weights', { timeout: 60_000 }, () => {
    const { temperature: _, ...file } = readModelFile()
    expect(fit(readRows(rowsFile), settings)).toMatchObject(file)
  })
})
