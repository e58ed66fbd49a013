import { AppError } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { type Line, readLines } from './read-lines.ts'

async function linesOf(
  chunks: (string | Uint8Array)[],
  lineBytesMax = 100,
  bytesMax = 1_000,
): Promise<Line[]> {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  const lines: Line[] = []
  for await (const line of readLines(stream(), { lineBytesMax, bytesMax })) lines.push(line)
  return lines
}
const texts = (lines: Line[]) => lines.map((line) => ('text' in line ? line.text : line.error.code))

test('lines come out whole, wherever the chunks were cut, even inside a character', async () => {
  const text = '{"a":"é"}\n\n{"b":"😀"}\n{"c":1}'
  const bytes = Buffer.from(text)
  for (let at = 0; at <= bytes.length; at++)
    expect(texts(await linesOf([bytes.subarray(0, at), bytes.subarray(at)]))).toEqual(text.split('\n'))
})

test('a line that is too long, or not UTF-8, is an error in its place', async () => {
  const lines = await linesOf(['ok\n', 'x'.repeat(80), 'x'.repeat(80), '\nnext\n', Buffer.from([0xff, 0x0a])])
  expect(texts(lines)).toEqual(['ok', 'too_large', 'next', 'invalid_request'])
})

test('a stream over the limit is given up', async () => {
  await expect(linesOf(['x\n'.repeat(600)])).rejects.toThrow(AppError)
})
