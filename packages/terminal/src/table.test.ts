import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { dollars, table } from './index.ts'

test('columns line up whatever colours the cells have', () => {
  const printed = table(
    ['model', 'cost', 'why'],
    [
      ['a', '\u001b[32m$1.00\u001b[39m', 'cheap'],
      ['long-name', '$10.00', ''],
    ],
    { text: ['model', 'why'] },
  )
  expect(stripVTControlCharacters(printed).split('\n')).toEqual([
    '  model         cost   why',
    '  a            $1.00   cheap',
    '  long-name   $10.00',
  ])
})

test('an amount is never rounded to nothing', () => {
  expect(['0.04', '0.0001234', '0.0000012', '1234.5', '0', null].map(dollars)).toEqual([
    '$0.04',
    '$0.00012',
    '$0.0000012',
    '$1,234.50',
    '$0.00',
    '-',
  ])
})
