import { expect, test } from 'vitest'
import { askedCount, askedWords, misspell } from './asked.ts'
import { skillOf } from './skill.ts'

test('words in quotation marks are asked for, and things that are counted out', () => {
  expect(askedWords('A sign: "OPEN" and “until nine”, it’s \'plain\'')).toEqual(['OPEN', 'until nine'])
  expect(askedWords('""')).toEqual([])
  expect(['exactly three boats', 'exactly 4 cups', 'exactly so', 'three boats'].map(askedCount)).toEqual([
    3,
    4,
    null,
    null,
  ])
})

test('who spells badly does so alike for equal seeds, and no letter more than the skill says', () => {
  const words = 'the quick brown fox jumps over the lazy dog '.repeat(20)
  expect(misspell(words, 0, '1')).toBe(words)
  expect(misspell(words, 0.3, '1')).toBe(misspell(words, 0.3, '1'))
  expect(misspell(words, 0.3, '1')).not.toBe(misspell(words, 0.3, '2'))
})

test('on the reference catalogue one is terrible at text and one sets it flawlessly, as the text claims', () => {
  expect(skillOf('reference', 'anthropic', 'claude-image').misspells).toBeGreaterThan(0.5)
  expect(skillOf('reference', 'google', 'imagen-3').misspells).toBe(0)
})
