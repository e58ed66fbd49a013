interface Answer {
  conversation_id: string
  outputs: readonly unknown[]
  usage: unknown
}

/** A finished answer as the events that a stream of it would be. */
export function streamed({ conversation_id, outputs, usage }: Answer): string {
  const events = [
    { type: 'conversation.response.started', conversation_id },
    ...outputs.flatMap((output, output_index) => eventsOf(output, output_index)),
    { type: 'conversation.response.done', usage },
  ]
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

function eventsOf(output: unknown, output_index: number): { type: string }[] {
  const { type, name, content } = Object(output) as { type?: unknown; name?: unknown; content?: unknown }
  if (type === 'tool.execution')
    return ['started', 'done'].map((state) => ({ type: `tool.execution.${state}`, output_index, name }))
  const chunks: unknown[] = Array.isArray(content) ? content : [content]
  return chunks.map((chunk, content_index) => ({
    ...{ type: 'message.output.delta', output_index, content_index, role: 'assistant', content: chunk },
  }))
}
