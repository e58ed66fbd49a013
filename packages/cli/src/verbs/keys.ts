import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { defineVerb, positionals } from '../verb.ts'

const madeSchema = z.object({ id: z.string(), key: z.string(), project_id: z.string() })

export const keys = defineVerb({
  name: 'keys',
  summary: 'a key for another project',
  usage: `halftone keys create PROJECT

Makes the project if there is none of that name, and a key for it, which is shown this once. With the admin key:
HALFTONE_ADMIN_KEY, or the stack that runs here.

  halftone keys create spring-campaign`,
  options: {},
  async run({ positionals: given }, { api, show }) {
    const [verb, project = ''] = positionals(given, ['create', 'PROJECT'], 'keys')
    if (verb !== 'create') throw usageFailure(`"${verb}" is nothing that can be done with keys`, 'use create')
    const answer = await (await api()).operate('POST', '/admin/v1/keys', {}, { project })
    show(answer, () => {
      const { id, key, project_id } = readAnswer(madeSchema, answer)
      return `  ${id} of ${project_id}\n  key ${key}\n  keep it: it is not shown again`
    })
  },
})
