import { expect, test } from 'vitest'
import { serverSentEvents } from './server-sent-events.ts'

const text =
  'retry: 1000\n\n: still here\n\nid: 1\nevent: a\ndata: {"x":\ndata: "é"}\n\r\ndata:bare\r\n\r\nid: 2\rdata: last\r\rdata: cut'

function body(pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
}

test.each([1, 2, 3, 7, 1_000])(
  'events are read whole, however the stream is cut (%i bytes a piece)',
  async (size) => {
    const bytes = new TextEncoder().encode(text)
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    expect(await Array.fromAsync(serverSentEvents(body(pieces)))).toEqual([
      { id: '1', event: 'a', data: '{"x":\n"é"}' },
      { id: '1', event: 'message', data: 'bare' },
      { id: '2', event: 'message', data: 'last' },
    ])
  },
)
