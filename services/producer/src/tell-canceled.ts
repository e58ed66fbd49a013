import { hasEnded, type Signals } from '@halftone/contracts'
import type { JobRow } from '@halftone/ledger'

export interface CancelTeller {
  /** Wakes whoever waits for these jobs, or the worker that is at them. Hints only. */
  job(job: JobRow): Promise<void>
  /** The jobs of a bulk: what ended has messages to send; what runs is found by its worker. */
  bulk(running: readonly string[]): Promise<void>
}

export function createCancelTeller(signals: Pick<Signals, 'publish'>): CancelTeller {
  return {
    async job(job) {
      if (!hasEnded(job.status)) return signals.publish('cancel', [job.id])
      await signals.publish('ended', [{ job_id: job.id, bulk_id: job.bulkId }])
      await signals.publish('outbox', {})
    },
    async bulk(running) {
      if (running.length > 0) await signals.publish('cancel', [...running])
      await signals.publish('outbox', {})
    },
  }
}
