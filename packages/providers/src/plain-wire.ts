import { unsendable } from './failure.ts'
import type { Call, ImageProvider } from './image-provider.ts'

/**
 * A wire without words for OpenAI's own settings: where an operator's catalogue says that it takes them, the call is
 * refused unsent, since nothing that is asked for is ever dropped.
 */
export function plainWire(provider: ImageProvider): ImageProvider {
  const { batch } = provider
  return {
    ...provider,
    async start(call) {
      refuseWishes(provider.id, call)
      return provider.start(call)
    },
    ...(batch
      ? {
          batch: {
            ...batch,
            async line(call: Call) {
              refuseWishes(provider.id, call)
              return batch.line(call)
            },
          },
        }
      : {}),
  }
}

function refuseWishes(id: string, { request }: Call): void {
  const { background, outputCompression, moderation, inputFidelity } = request
  const wish = background ?? outputCompression ?? moderation ?? inputFidelity
  if (wish !== null && wish !== undefined) throw unsendable(id, `no word for ${wish} on this wire`)
}
