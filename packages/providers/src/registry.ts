import type { ProviderSpec } from '@halftone/contracts'
import { createAnthropic } from './anthropic/anthropic.ts'
import { createBfl } from './bfl/bfl.ts'
import { createFal } from './fal/fal.ts'
import { createGoogle } from './google/google.ts'
import type { Send } from './http.ts'
import { createHttp, type Http } from './http.ts'
import type { Credentials, ImageProvider } from './image-provider.ts'
import { createMistral } from './mistral/mistral.ts'
import { createOpenAi } from './openai/openai.ts'
import { createOpenAiCompatible } from './openai-compatible/openai-compatible.ts'
import { createOpenrouter } from './openrouter/openrouter.ts'
import { plainWire } from './plain-wire.ts'
import { createReplicate } from './replicate/replicate.ts'
import { createStability } from './stability/stability.ts'
import { readThrottle, type Throttle } from './throttle.ts'

const makers: Record<string, (credentials: Credentials, send: Send) => ImageProvider> = {
  bfl: createBfl,
  fal: createFal,
  google: createGoogle,
  anthropic: createAnthropic,
  mistral: createMistral,
  openai: createOpenAi,
  openrouter: createOpenrouter,
  replicate: createReplicate,
  stability: createStability,
}

/** Those whose adapters look at OpenAI's own settings themselves. */
const ownSettings = new Set(['openai', 'replicate'])

/** The providers that the simulator plays too: each has an adapter of its own, but for the one that stands for all other hosts. */
export const providerIds: readonly string[] = [...Object.keys(makers), 'openai-compatible']

type Spec = Pick<ProviderSpec, 'id' | 'name' | 'preset'>

/** Whether it can be called: there is an adapter of its own, or a preset that says how it differs from OpenAI. */
export function canCall({ id, preset }: Pick<ProviderSpec, 'id' | 'preset'>): boolean {
  return Object.hasOwn(makers, id) || preset !== undefined
}

/**
 * An adapter for each provider that has credentials, by provider id. Connects to nothing yet. `specs`: the catalogue's
 * word on those that have no adapter of their own.
 * Throws at once on an id that there is no adapter and no preset for: a key that is never used is a mistake.
 * `onThrottle`: hears what is left of a provider's limits, whenever the answer to a paid call says so.
 */
export function createProviders(
  credentials: Record<string, Credentials>,
  http: Http = createHttp(),
  specs: readonly Spec[] = [],
  onThrottle: (provider: string, throttle: Throttle) => void = () => {},
): Map<string, ImageProvider> {
  const byId = new Map(specs.map((spec) => [spec.id, spec]))
  return new Map(
    Object.entries(credentials).map(([id, own]) => {
      const send = listening(http.send, (throttle) => onThrottle(id, throttle))
      return [id, create(id, own, send, byId.get(id))]
    }),
  )
}

function create(id: string, credentials: Credentials, send: Send, spec?: Spec): ImageProvider {
  const make = Object.hasOwn(makers, id) ? makers[id] : undefined
  if (make) return ownSettings.has(id) ? make(credentials, send) : plainWire(make(credentials, send))
  if (spec?.preset) return createOpenAiCompatible({ ...spec, preset: spec.preset }, credentials, send)
  const known = Object.keys(makers).join(', ')
  throw new Error(`no adapter for provider "${id}" and no preset in the catalogue; there are ${known}`)
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
