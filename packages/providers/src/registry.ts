import { createBfl } from './bfl/bfl.ts'
import { createFal } from './fal/fal.ts'
import { createGoogle } from './google/google.ts'
import type { Send } from './http.ts'
import { createHttp, type Http } from './http.ts'
import type { Credentials, ImageProvider } from './image-provider.ts'
import { createOpenAi } from './openai/openai.ts'
import { createReplicate } from './replicate/replicate.ts'
import { createStability } from './stability/stability.ts'

const makers: Record<string, (credentials: Credentials, send: Send) => ImageProvider> = {
  bfl: createBfl,
  fal: createFal,
  google: createGoogle,
  openai: createOpenAi,
  replicate: createReplicate,
  stability: createStability,
}

/** The providers that there is an adapter for. */
export const providerIds: readonly string[] = Object.keys(makers)

/**
 * An adapter for each provider that has credentials, by provider id. Connects to nothing yet.
 * Throws at once on an id that no adapter is written for: a key that is never used is a mistake.
 */
export function createProviders(
  credentials: Record<string, Credentials>,
  http: Http = createHttp(),
): Map<string, ImageProvider> {
  const providers = new Map<string, ImageProvider>()
  for (const [id, own] of Object.entries(credentials)) {
    const make = Object.hasOwn(makers, id) ? makers[id] : undefined
    if (!make) throw new Error(`no adapter for provider "${id}"; there are ${providerIds.join(', ')}`)
    providers.set(id, make(own, http.send))
  }
  return providers
}
