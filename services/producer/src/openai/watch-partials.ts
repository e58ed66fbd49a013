import type { Component, Signal, Signals } from '@halftone/contracts'

export type Partial = Signal<'partial'>

export interface PartialWatch extends Component {
  /** Hears of each picture of a job's work under way, until disposed of. They are hints: some may be missed. */
  of(jobId: string, seen: (partial: Partial) => void): Disposable
}

export function createPartialWatch(signals: Pick<Signals, 'subscribe'>): PartialWatch {
  const listeners = new Map<string, Set<(partial: Partial) => void>>()
  return {
    name: 'partial pictures',
    start: () =>
      signals.subscribe('partial', (partial) => {
        for (const seen of listeners.get(partial.job_id) ?? []) seen(partial)
      }),
    async stop() {},
    of(jobId, seen) {
      const own = listeners.get(jobId) ?? new Set()
      listeners.set(jobId, own.add(seen))
      return {
        [Symbol.dispose]() {
          own.delete(seen)
          if (own.size === 0) listeners.delete(jobId)
        },
      }
    },
  }
}
