import { type JobAnswer, jobAnswerSchema } from '@halftone/contracts'
import type { JobFilter, JobReader } from '@halftone/ledger'
import { z } from 'zod'
import { jobAnswer } from './job-answer.ts'
import type { AnswerLinks } from './links.ts'

export const jobPageSchema = z.object({ data: z.array(jobAnswerSchema), next_cursor: z.string().nullable() })

/** Reads at once; the database's connections are for others too. */
const readsInFlight = 25

/** A page of whole answers: attempts and reasons as well, read job by job. */
export async function jobPage(
  jobs: Pick<JobReader, 'job' | 'list'>,
  projectId: string,
  filter: JobFilter,
  links: AnswerLinks,
): Promise<z.infer<typeof jobPageSchema>> {
  const page = await jobs.list(projectId, filter)
  const data: JobAnswer[] = []
  for (let from = 0; from < page.jobs.length; from += readsInFlight) {
    const chunk = page.jobs.slice(from, from + readsInFlight)
    const whole = await Promise.all(chunk.map((job) => jobs.job(projectId, job.id)))
    for (const job of whole) if (job) data.push(jobAnswer(job, links))
  }
  return { data, next_cursor: page.nextCursor }
}
