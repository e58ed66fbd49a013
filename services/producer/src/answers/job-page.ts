import { jobAnswerSchema } from '@halftone/contracts'
import type { JobFilter, JobReader } from '@halftone/ledger'
import { z } from 'zod'
import { jobAnswer } from './job-answer.ts'
import type { AnswerLinks } from './links.ts'

export const jobPageSchema = z.object({ data: z.array(jobAnswerSchema), next_cursor: z.string().nullable() })

/** A page of whole answers: attempts and reasons as well. */
export async function jobPage(
  jobs: Pick<JobReader, 'listWhole'>,
  projectId: string,
  filter: JobFilter,
  links: AnswerLinks,
): Promise<z.infer<typeof jobPageSchema>> {
  const page = await jobs.listWhole(projectId, filter)
  return { data: page.jobs.map((job) => jobAnswer(job, links)), next_cursor: page.nextCursor }
}
