import type { ClassifyTicket, EditGuess, JobBody, Signals, Tag } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import type { Handled } from '@halftone/queue'
import type { SecondOpinion } from './second-opinion.ts'
import { withSecondOpinion } from './with-second-opinion.ts'

export interface ClassifyParts {
  ledger: Pick<Ledger, 'classify'>
  signals: Pick<Signals, 'publish'>
  /** The content type of one job: the caller's hint wins. */
  tagJob(job: { prompt: string; hint: string | null }): Tag
  editKindOf(instruction: string): EditGuess
  /** Asked about the jobs that are `unknown`; takes a bounded time and never fails. Null: nobody is asked. */
  secondOpinion: SecondOpinion | null
}

/**
 * Tags the jobs that a ticket names. Tagging again changes nothing: jobs tagged before are not read any more,
 * so a doubled ticket is cheap and a lost one is found by the sweeper.
 */
export async function classifyJobs(parts: ClassifyParts, ticket: ClassifyTicket): Promise<Handled> {
  const jobs = await parts.ledger.classify.untagged(ticket)
  if (jobs.length > 0) {
    const guesses = jobs.map(({ body }) => ({ prompt: body.prompt ?? '', tag: tagOf(parts, body) }))
    const tags = await withSecondOpinion(parts.secondOpinion, guesses)
    await parts.ledger.classify.tag(jobs.map(({ id }, at) => ({ id, tag: tags[at]! })))
    await parts.signals.publish('dispatch', {})
  }
  return { kind: 'done' }
}

function tagOf({ tagJob, editKindOf }: ClassifyParts, body: JobBody): Tag {
  const { operation, prompt = '', content_type = null, edit_kind } = body
  const tag = tagJob({ prompt, hint: content_type })
  return operation === 'edit' && edit_kind === undefined ? { ...tag, edit: editKindOf(prompt) } : tag
}
