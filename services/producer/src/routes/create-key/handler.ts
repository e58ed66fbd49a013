import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const keyBodySchema = z.strictObject({
  project: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}]+$/u, 'no control characters')
    .describe('Made if there is none of that name'),
})

/** The key is shown here once; what is stored is its SHA-256. */
export function createKeyRoute(app: App, { ledger }: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/keys',
    schema: {
      operationId: 'createKey',
      summary: 'Make a key for a project',
      tags: ['admin'],
      security: bearer,
      body: keyBodySchema,
      response: {
        201: z.object({ id: z.string(), key: z.string(), project_id: z.string() }),
        ...problems(400, 401, 503),
      },
    },
    handler: async (request, reply) => {
      const { id, key, projectId } = await ledger.projects.createKey(request.body.project)
      return reply.status(201).send({ id, key, project_id: projectId })
    },
  })
}
