import { expect, test } from 'vitest'
import { createSseReader } from './sse.ts'

const text =
  'event: a\ndata: {"é":1}\n\n: a comment\n\ndata: two\r\ndata:lines\r\n\r\ndata: [DONE]\n\ndata: unfinished'

test.each([1, 2, 3, 7, 1_000])(
  'events come out whole, in whatever pieces of %i bytes they arrive',
  (size) => {
    const events: string[] = []
    const read = createSseReader((data) => events.push(data))
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size))
    expect(events).toEqual(['{"é":1}', 'two\nlines', '[DONE]'])
  },
)
