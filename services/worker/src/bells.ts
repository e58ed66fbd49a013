import type { Signal } from '@halftone/contracts'

/** Rings when the provider called back about one attempt. */
export interface Bell {
  /** Aborted by the next ring, or by one that nobody has heard yet. */
  rung(): AbortSignal
  heard(): void
  /** The provider's own id, as its callback told it. */
  ref(): string | null
}

/** The bells of the attempts that this process has out. */
export interface Bells {
  /** `end` must be called. */
  begin(attemptId: string): { bell: Bell; end(): void }
  ring(calls: Signal<'callback'>): void
}

export function createBells(): Bells {
  const out = new Map<string, { ring(ref: string | null): void }>()
  return {
    begin(attemptId) {
      let controller = new AbortController()
      let known: string | null = null
      const entry = {
        ring(ref: string | null) {
          known ??= ref
          controller.abort()
        },
      }
      out.set(attemptId, entry)
      return {
        bell: {
          rung: () => controller.signal,
          heard() {
            if (controller.signal.aborted) controller = new AbortController()
          },
          ref: () => known,
        },
        end() {
          if (out.get(attemptId) === entry) out.delete(attemptId)
        },
      }
    },
    ring(calls) {
      for (const { attempt_id, provider_ref } of calls) out.get(attempt_id)?.ring(provider_ref)
    },
  }
}
