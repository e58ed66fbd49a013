import type { HttpAnswer, Send } from './http.ts'
import type { ProviderError } from './image-provider.ts'

interface ProbeTarget {
  send: Send
  provider: string
  url: string
  headers: Record<string, string>
  toError: (answer: HttpAnswer) => ProviderError
}

/** A free GET that needs the key: 200 shows that key and host work. */
export function probeWith(target: ProbeTarget): (signal: AbortSignal) => Promise<void> {
  const { send, provider, url, headers, toError } = target
  return async (signal) => {
    const answer = await send({
      provider,
      method: 'GET',
      url,
      headers,
      paid: false,
      signal,
      timeoutMs: 10_000,
      bytesMax: 10_000_000,
    })
    if (answer.status !== 200) throw toError(answer)
  }
}
