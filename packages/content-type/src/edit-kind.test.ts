import { existsSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editKindOf } from './edit-kind.ts'
import { editRowsFile, readEditRows } from './training/edit-rows.ts'

/** Halves of surrogate pairs, too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes))

test.each([
  ['Replace the background with a snowy forest', 'background'],
  ['put her in front of a beach backdrop', 'background'],
  ['remove the dog in the background', 'object'],
  ['add a red scarf to the cat', 'object'],
  ['make the sofa blue', 'object'],
  ['change the sign so that it says OPEN', 'text'],
  ['fix the typo in the headline', 'text'],
  ['turn it into a watercolour painting', 'style'],
  ['extend the picture to the left, more sky', 'extend'],
  ['zoom out and show the whole room', 'extend'],
  ['remove the noise and make it sharper', null],
  ['replace the background with a beach; add a hat to the man', null],
  ['', null],
])('"%s" is about: %s', (instruction, kind) => {
  expect(editKindOf(instruction).kind).toBe(kind)
})

test('the words that decided are words of the instruction', () => {
  expect(editKindOf('Replace the background with snow').words).toEqual(['replace', 'background'])
})

test('any text at all has an answer, in bounded time', () => {
  fc.assert(fc.property(anyText, (text) => editKindOf(text).source === 'rules'))
  for (const text of [
    ';'.repeat(100_000),
    'and the '.repeat(20_000),
    '🦊'.repeat(9_000),
    'احذف السيارة من الصورة',
  ])
    expect(editKindOf(text).words.length).toBeLessThanOrEqual(3)
})

test.skipIf(!existsSync(editRowsFile))(
  'nine of ten public instructions are read right (needs ../shared)',
  () => {
    const rows = readEditRows(editRowsFile)
    const right = rows.filter(({ prompt, kind }) => editKindOf(prompt).kind === kind).length
    expect(right / rows.length).toBeGreaterThan(0.9)
  },
)
