import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { positionals, type VerbContext } from '../verb.ts'
import { age, amount } from '../words.ts'

/** What was asked of `halftone doctor --unknown`. */
export async function unknownOutcomes(
  given: string[],
  values: { resolve?: string; cost?: string; note?: string },
  context: VerbContext,
): Promise<void> {
  if (values.resolve === undefined) {
    positionals(given, [], 'doctor')
    return list(context)
  }
  const [outcome = ''] = positionals(given, ['paid or free'], 'doctor')
  if (outcome !== 'paid' && outcome !== 'free')
    throw usageFailure(`"${outcome}" is no outcome`, 'say paid or free')
  if (!values.note) throw usageFailure('--note is missing', 'say how you know: it is kept with the books')
  return resolve(context, values.resolve, {
    outcome,
    note: values.note,
    ...(values.cost === undefined ? {} : { cost_usd: values.cost }),
  })
}

const unknownSchema = z.object({
  attempt_id: z.string(),
  job_id: z.string(),
  project_id: z.string(),
  provider: z.string(),
  model: z.string(),
  state: z.string(),
  started_at: z.string(),
  worst_usd: z.string(),
  cost_usd: z.string().nullable(),
  error: z.string().nullable(),
  evidence: z.object({ by: z.string(), says: z.string() }).nullable(),
  needs_person_since: z.string().nullable(),
})
const listSchema = z.object({
  count: z.int(),
  held_usd: z.string(),
  needs_person: z.int(),
  data: z.array(unknownSchema),
  next_cursor: z.string().nullable(),
})

async function list({ api, show, now }: VerbContext): Promise<void> {
  const answer = await (await api()).operate('GET', '/admin/v1/unknown', { limit: '200' })
  show(answer, () => {
    const { count, held_usd, needs_person, data } = readAnswer(listSchema, answer)
    if (count === 0) return 'nothing is unknown: of every call it is known what it cost'
    const rows = data.map((one) => [
      one.attempt_id,
      `${one.provider}/${one.model}`,
      one.project_id,
      age(one.started_at, now()),
      amount(one.worst_usd),
      one.evidence?.says ?? one.error ?? '',
      one.needs_person_since === null ? '' : 'you',
    ])
    const headings = ['attempt', 'called', 'project', 'since', 'at most', 'what is known', 'who can tell']
    const text = ['attempt', 'called', 'project', 'what is known', 'who can tell']
    const listed = table(headings, rows, { text })
    const more = data.length < count ? `the oldest ${data.length} of ` : ''
    return `${listed}\n\n${more}${count} calls, ${amount(held_usd)} held, ${needs_person} need a person:\n"halftone doctor --unknown --resolve ATTEMPT paid|free --note TEXT"`
  })
}

async function resolve(
  { api, show }: VerbContext,
  attempt: string,
  verdict: { outcome: 'paid' | 'free'; note: string; cost_usd?: string },
): Promise<void> {
  const path = `/admin/v1/unknown/${encodeURIComponent(attempt)}/resolve`
  const answer = await (await api()).operate('POST', path, {}, verdict)
  show(answer, () => {
    const { attempt_id, cost_usd, job_id } = readAnswer(unknownSchema, answer)
    const how = verdict.outcome === 'paid' ? `paid, ${amount(cost_usd)}` : 'free: what was held is given back'
    return `${attempt_id} of ${job_id} is ${how}`
  })
}
