import { jobAnswerSchema } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { defineVerb, positionals } from '../verb.ts'
import { age, amount } from '../words.ts'

const pageSchema = z.object({ data: z.array(jobAnswerSchema), next_cursor: z.string().nullable() })

export const jobs = defineVerb({
  name: 'jobs',
  summary: 'your jobs, newest first',
  usage: `halftone jobs [--status NAME] [--bulk ID] [--provider NAME] [--content-type NAME] [--limit N] [--cursor C]`,
  options: {
    status: { type: 'string' },
    bulk: { type: 'string' },
    provider: { type: 'string' },
    'content-type': { type: 'string' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  async run({ values, positionals: given }, context) {
    positionals(given, [], 'jobs')
    const { status, bulk, provider, limit = '20', cursor } = values
    const answer = await (await context.api()).get('/v1/jobs', {
      status,
      bulk_id: bulk,
      provider,
      content_type: values['content-type'],
      limit,
      cursor,
    })
    context.show(answer, () => {
      const page = readAnswer(pageSchema, answer)
      if (page.data.length === 0) return 'no jobs'
      const rows = page.data.map((job) => [
        job.id,
        job.status,
        job.operation,
        job.provider === null ? '' : `${job.provider}/${job.model}`,
        job.cost_usd === null ? '-' : amount(job.cost_usd),
        age(job.created_at, context.now()),
      ])
      const headings = ['job', 'status', 'asked for', 'made by', 'cost', 'age']
      const more = page.next_cursor === null ? '' : `\n\nmore: --cursor ${page.next_cursor}`
      return `${table(headings, rows, { text: headings.slice(0, 4) })}${more}`
    })
  },
})
