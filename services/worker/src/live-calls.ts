/** The jobs whose calls this process has out, so that a cancel reaches them. */
export interface LiveCalls {
  /** The signal is aborted when the job's cancel is asked for. `end` must be called. */
  begin(jobId: string, canceledBefore: boolean): { canceled: AbortSignal; end(): void }
  cancel(jobIds: readonly string[]): void
  count(): number
}

export function createLiveCalls(): LiveCalls {
  const live = new Map<string, Set<AbortController>>()
  return {
    begin(jobId, canceledBefore) {
      const controller = new AbortController()
      if (canceledBefore) controller.abort()
      const ofJob = live.get(jobId) ?? new Set()
      live.set(jobId, ofJob.add(controller))
      return {
        canceled: controller.signal,
        end() {
          ofJob.delete(controller)
          if (ofJob.size === 0 && live.get(jobId) === ofJob) live.delete(jobId)
        },
      }
    },
    cancel(jobIds) {
      for (const id of jobIds) for (const controller of live.get(id) ?? []) controller.abort()
    },
    count: () => live.size,
  }
}
