import { type BulkAnswer, hasEnded, type JobAnswer, jobAnswerSchema } from '@halftone/contracts'
import { type Api, readAnswer } from '../api.ts'
import { Failure } from '../failure.ts'
import { followBulks } from '../follow/follow-bulks.ts'
import { mustHaveSucceeded, outcomeWords, savingsOf } from '../follow/outcome.ts'
import { jobWords } from '../job-words.ts'
import { tryAgain } from '../try-again.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'

export const watch = defineVerb({
  name: 'watch',
  summary: 'see a bulk or a job to its end',
  usage: `halftone watch BULK|JOB

Shows how far it is, what was spent and saved, and when it will be done. Ctrl-C stops the watching, not the work.
Ends with 1 if a job has no picture.

  halftone watch bulk_0190…
  halftone watch bulk_0190… --json | jq .counts`,
  options: {},
  async run({ positionals: given }, context) {
    const [id = ''] = positionals(given, ['BULK or JOB'], 'watch')
    const api = await context.api()
    if (id.startsWith('job_')) return watchJob(context, api, id)
    const [bulk] = await followBulks(context, api, [id])
    if (bulk) await showOutcome(context, api, [bulk], bulk)
  },
})

/** The end of bulks, in words or as this answer. Throws if a job has no picture. */
export async function showOutcome(
  context: VerbContext,
  api: Api,
  bulks: BulkAnswer[],
  answer: unknown,
): Promise<void> {
  const savings = await savingsOf(api, bulks)
  context.show(answer, () => outcomeWords(bulks, savings))
  mustHaveSucceeded(bulks)
}

const waitSeconds = '20'

async function watchJob(context: VerbContext, api: Api, id: string): Promise<void> {
  let job: JobAnswer | null = null
  while (job === null || !hasEnded(job.status)) {
    const answer = await tryAgain(context, () =>
      api.get(`/v1/jobs/${encodeURIComponent(id)}`, { wait: waitSeconds }),
    )
    job = readAnswer(jobAnswerSchema, answer)
  }
  const ended = job
  context.show(ended, () => jobWords(ended))
  if (ended.status !== 'succeeded')
    throw new Failure('failed', `${id} is ${ended.status}`, { next: ended.error?.next ?? null })
}
