import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createBooks } from './books.ts'

const clock = () => Date.UTC(2026, 10, 22)
const charge = {
  provider: 'openai',
  account: 'key-1',
  model: 'gpt-image-2',
  operation: 'generate',
  request_id: 'req_1',
  attempt_id: 'att_1',
  n: 1,
  nano: 5_885_000n,
} as const

test('entries come after a sequence number, sums are over all of them', () => {
  const books = createBooks({ clock })
  books.charge(charge)
  books.charge({ ...charge, provider: 'replicate', nano: 3_000_000n })
  const page = books.after(1)
  expect(page.entries.map(({ seq, provider }) => [seq, provider])).toEqual([[2, 'replicate']])
  expect(page.total_nano).toBe(8_885_000)
  expect(page.by_provider).toEqual({ openai: 5_885_000, replicate: 3_000_000 })
})

test('a restart resumes the books, and a line torn by a kill is cut off', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'books-')), 'books.jsonl')
  createBooks({ clock, file }).charge(charge)
  appendFileSync(file, '{"seq":2,"at":"2026')
  const resumed = createBooks({ clock, file })
  expect(resumed.charge(charge).seq).toBe(2)
  expect(
    createBooks({ clock, file })
      .after(0)
      .entries.map(({ seq }) => seq),
  ).toEqual([1, 2])
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
})
