import type { Send } from './http.ts'
import { createHttp, type Http } from './http.ts'
import type { Credentials, ImageProvider } from './image-provider.ts'
import { createOpenAi } from './openai/openai.ts'
import { createReplicate } from './replicate/replicate.ts'
import { createStability } from './stability/stability.ts'
import { readThrottle, type Throttle } from './throttle.ts'

const makers: Record<string, (credentials: Credentials, send: Send) => ImageProvider> = {
  openai: createOpenAi,
  replicate: createReplicate,
  stability: createStability,
}

/** The providers that there is an adapter for. */
export const providerIds: readonly string[] = Object.keys(makers)

/**
 * An adapter for each provider that has credentials, by provider id. Connects to nothing yet.
 * Throws at once on an id that no adapter is written for: a key that is never used is a mistake.
 * `onThrottle`: hears what is left of a provider's limits, whenever the answer to a paid call says so.
 */
export function createProviders(
  credentials: Record<string, Credentials>,
  http: Http = createHttp(),
  onThrottle: (provider: string, throttle: Throttle) => void = () => {},
): Map<string, ImageProvider> {
  const providers = new Map<string, ImageProvider>()
  for (const [id, own] of Object.entries(credentials)) {
    const make = Object.hasOwn(makers, id) ? makers[id] : undefined
    if (!make) throw new Error(`no adapter for provider "${id}"; there are ${providerIds.join(', ')}`)
    providers.set(
      id,
      make(
        own,
        listening(http.send, (throttle) => onThrottle(id, throttle)),
      ),
    )
  }
  return providers
}

/** What is left is told with good answers too. Answers to free calls count against other limits. */
function listening(send: Send, onThrottle: (throttle: Throttle) => void): Send {
  return async (request) => {
    const answer = await send(request)
    if (request.paid) {
      const throttle = readThrottle(answer, Date.now())
      if (throttle.remaining !== null) onThrottle(throttle)
    }
    return answer
  }
}
