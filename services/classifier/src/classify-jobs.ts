import type { ClassifyTicket, Signals, Tag } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import type { Handled } from '@halftone/queue'

export interface ClassifyParts {
  ledger: Pick<Ledger, 'classify'>
  signals: Pick<Signals, 'publish'>
  /** The content type of one job: the caller's hint wins. */
  tagJob(job: { prompt: string; hint: string | null }): Tag
}

/**
 * Tags the jobs that a ticket names. Tagging again changes nothing: jobs tagged before are not read any more,
 * so a doubled ticket is cheap and a lost one is found by the sweeper.
 */
export async function classifyJobs(parts: ClassifyParts, ticket: ClassifyTicket): Promise<Handled> {
  const jobs = await parts.ledger.classify.untagged(ticket)
  if (jobs.length > 0) {
    await parts.ledger.classify.tag(
      jobs.map(({ id, body }) => ({
        id,
        tag: parts.tagJob({ prompt: body.prompt ?? '', hint: body.content_type ?? null }),
      })),
    )
    await parts.signals.publish('dispatch', {})
  }
  return { kind: 'done' }
}
