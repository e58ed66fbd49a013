import { type Component, hasEnded, type Signal, type Signals } from '@halftone/contracts'
import type { JobReader, WholeJob } from '@halftone/ledger'

export interface JobWaits extends Component {
  /**
   * The job as soon as it has ended, or as it is when `ms` are over, the caller is gone, or this process stops.
   * null: there is no such job in the project.
   */
  untilEnded(projectId: string, id: string, ms: number, gone: AbortSignal): Promise<WholeJob | null>
}

/** Signals may be lost, so each waiting job is read again at this beat as well. */
const rereadMs = 2_000

export function createJobWaits(options: {
  jobs: Pick<JobReader, 'job'>
  signals: Pick<Signals, 'subscribe'>
}): JobWaits {
  const wakes = new Map<string, Set<() => void>>()
  let stopped = false
  const wake = (id: string) => {
    for (const call of wakes.get(id) ?? []) call()
  }
  const wakeAll = () => {
    for (const id of wakes.keys()) wake(id)
  }

  return {
    name: 'job waits',
    async start() {
      const ended = (jobs: Signal<'ended'>) => {
        for (const job of jobs) wake(job.job_id)
      }
      await options.signals.subscribe('ended', ended, wakeAll)
    },
    async stop() {
      stopped = true
      wakeAll()
    },
    async untilEnded(projectId, id, ms, gone) {
      const until = performance.now() + ms
      for (;;) {
        // listening before reading: an end between the two is not missed
        using listener = listen(wakes, id)
        const found = await options.jobs.job(projectId, id)
        const left = until - performance.now()
        if (!found || hasEnded(found.job.status) || left <= 0 || stopped || gone.aborted) return found
        await listener.woken(Math.min(left, rereadMs), gone)
      }
    },
  }
}

function listen(wakes: Map<string, Set<() => void>>, id: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const calls = wakes.get(id) ?? new Set()
  wakes.set(id, calls.add(resolve))
  return {
    async woken(ms: number, gone: AbortSignal): Promise<void> {
      const timer = setTimeout(resolve, ms)
      gone.addEventListener('abort', () => resolve(), { once: true })
      await promise
      clearTimeout(timer)
    },
    [Symbol.dispose]() {
      calls.delete(resolve)
      if (calls.size === 0) wakes.delete(id)
    },
  }
}
