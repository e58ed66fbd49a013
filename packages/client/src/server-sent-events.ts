export interface ServerSentEvent {
  id: string | null
  event: string
  data: string
}

/** Reads `text/event-stream`. Comments and empty events are passed over; an event that was cut off is not told. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let [id, event, data]: [string | null, string, string[]] = [null, 'message', []]
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { id, event, data: data.join('\n') }
      event = 'message'
      data = []
      continue
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      // a CR at the end may be half of a CRLF
      const text = rest + decoder.decode(value, { stream: true })
      const held = text.endsWith('\r') ? '\r' : ''
      const lines = text.slice(0, text.length - held.length).split(/\r\n|\r|\n/)
      rest = (lines.pop() ?? '') + held
      yield* lines
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
