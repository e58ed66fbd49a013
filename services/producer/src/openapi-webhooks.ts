import { eventBodySchema, type subscribableTypes } from '@halftone/contracts'
import { z } from 'zod'

const { $schema: _, ...bodySchema } = z.toJSONSchema(eventBodySchema)

const says: Record<(typeof subscribableTypes)[number] | 'endpoint.challenge' | 'endpoint.test', string> = {
  'image.job.succeeded': 'A job has its pictures',
  'image.job.failed': 'A job ended without a picture: `data.error` says why',
  'image.job.canceled': 'A job was canceled',
  'image.job.expired': 'A job was not done by its deadline',
  'image.job.resolved': 'The truth about a call of unknown outcome was found: cost, or a late picture',
  'image.bulk.completed': 'All jobs of a bulk have ended: counts, cost and baseline',
  'budget.threshold_reached': '80 or 100 percent of a budget are spent',
  'endpoint.challenge': 'Sent once to a new endpoint, which is active when it answers 2xx',
  'endpoint.test': 'Sent because you asked for it',
}

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
})

const parameters = [
  header('webhook-id', 'The same over retries and replays: what you have seen, ignore'),
  header('webhook-timestamp', 'Unix seconds of this try'),
  header('webhook-signature', 'One or more `v1,<base64>`, with spaces between (Standard Webhooks)'),
]

/** What is sent to the project's own servers, in the section of the document that is for it. */
export function addWebhooks<T extends object>(document: T): T {
  const webhooks = Object.entries(says).map(([type, summary]) => [
    type,
    {
      post: {
        summary,
        tags: ['events'],
        parameters,
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                ...bodySchema,
                properties: { ...bodySchema.properties, type: { const: type } },
              },
            },
          },
        },
        responses: {
          '2XX': { description: 'Taken' },
          '410': { description: 'Nobody lives here any more: the endpoint is disabled at once' },
          default: { description: 'Not taken: it is sent again on the schedule, or after `Retry-After`' },
        },
      },
    },
  ])
  return { ...document, webhooks: Object.fromEntries(webhooks) }
}
