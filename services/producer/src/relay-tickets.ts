import { type ClassifyTicket, type Component, jobsPerClassifyTicket } from '@halftone/contracts'
import type { Queue } from '@halftone/queue'
import type { Logger } from '@halftone/service-kit'

export interface TicketRelay extends Component {
  job(jobId: string): void
  bulk(bulkId: string, jobs: number): void
}

/**
 * Hands committed work to the classifier without making the caller wait for it. A ticket that gets lost here costs
 * time and nothing else: the sweeper finds the job.
 */
export function createTicketRelay(options: {
  queue: Pick<Queue, 'askToClassify'>
  log: Logger
}): TicketRelay {
  const underWay = new Set<Promise<void>>()
  const relay = (tickets: ClassifyTicket[], urgent: boolean) => {
    const sent = options.queue
      .askToClassify(tickets, { urgent })
      .catch((error: unknown) =>
        options.log.warn({ err: error }, 'tickets were not relayed; the sweeper will'),
      )
      .finally(() => underWay.delete(sent))
    underWay.add(sent)
  }
  return {
    name: 'ticket relay',
    job: (jobId) => relay([{ v: 1, job: jobId }], true),
    // a bulk of one ticket does not wait behind the forty of a large one
    bulk: (bulkId, jobs) => relay(bulkTickets(bulkId, jobs), jobs <= jobsPerClassifyTicket),
    async start() {},
    async stop(deadline) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()))
      await Promise.race([Promise.all(underWay), promise])
      clearTimeout(timer)
    },
  }
}

/** Ranges of at most 250 jobs, both ends included. */
function bulkTickets(bulkId: string, jobs: number): ClassifyTicket[] {
  const starts = Array.from(
    { length: Math.ceil(jobs / jobsPerClassifyTicket) },
    (_, i) => i * jobsPerClassifyTicket,
  )
  return starts.map((from) => ({
    v: 1,
    bulk: bulkId,
    from,
    to: Math.min(from + jobsPerClassifyTicket, jobs) - 1,
  }))
}
