import type { ArtifactStore, ImageFacts } from '@halftone/artifacts'
import type { Signals } from '@halftone/contracts'
import type { Logger } from '@halftone/service-kit'

export interface Partials {
  /** Stores a picture of the work under way and tells whoever looks on. Best effort: nobody waits for it. */
  show(jobId: string, image: Uint8Array, index: number): void
}

export function createPartials(options: {
  signals: Pick<Signals, 'publish'>
  artifacts: Pick<ArtifactStore, 'put'>
  /** What the bytes really are; throws if they are no complete picture. */
  check(bytes: Uint8Array): Promise<ImageFacts>
  log: Logger
}): Partials {
  const show = async (jobId: string, image: Uint8Array, index: number) => {
    const { width, height, format } = await options.check(image)
    const { sha256 } = await options.artifacts.put(image)
    await options.signals.publish('partial', { job_id: jobId, index, sha256, width, height, format })
  }
  // a job's pictures are told of in the order in which they came
  const last = new Map<string, Promise<void>>()
  return {
    show(jobId, image, index) {
      const shown = (last.get(jobId) ?? Promise.resolve())
        .then(() => show(jobId, image, index))
        .catch((err: unknown) =>
          options.log.warn({ err, job: jobId }, 'a partial picture could not be shown'),
        )
        .finally(() => {
          if (last.get(jobId) === shown) last.delete(jobId)
        })
      last.set(jobId, shown)
    },
  }
}
