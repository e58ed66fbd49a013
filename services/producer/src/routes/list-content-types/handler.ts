import { contentTypeGroups, contentTypes } from '@halftone/contracts'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const contentTypesSchema = z.object({
  data: z.array(
    z.object({
      label: z.string(),
      groups: z.array(z.string()).describe('hints that mean this label among others'),
      quality_floor: z
        .number()
        .nullable()
        .describe('least quality that is accepted, unless the job says otherwise'),
    }),
  ),
})

export function listContentTypesRoute(app: App, { market }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/content-types',
    schema: {
      operationId: 'listContentTypes',
      summary: 'What a picture may be of, as a hint and as a filter',
      tags: ['market'],
      security: bearer,
      response: { 200: contentTypesSchema, ...problems(401, 503) },
    },
    handler: async () => {
      const { floors } = market.view()
      const groups = Object.entries(contentTypeGroups)
      return {
        data: contentTypes.map((label) => ({
          label,
          groups: groups.filter(([, labels]) => labels.includes(label)).map(([name]) => name),
          quality_floor: floors[label] ?? null,
        })),
      }
    },
  })
}
