import { unsendable } from './failure.ts'
import type { ImageProvider } from './image-provider.ts'

/**
 * A wire without words for OpenAI's own settings: where an operator's catalogue says that it takes them, the call is
 * refused unsent, since nothing that is asked for is ever dropped.
 */
export function plainWire(provider: ImageProvider): ImageProvider {
  return {
    ...provider,
    async start(call) {
      const { background, outputCompression, moderation, inputFidelity } = call.request
      const wish = background ?? outputCompression ?? moderation ?? inputFidelity
      if (wish !== null && wish !== undefined)
        throw unsendable(provider.id, `no word for ${wish} on this wire`)
      return provider.start(call)
    },
  }
}
