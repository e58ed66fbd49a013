import { AppError, eventTypes, idSchema } from '@halftone/contracts'
import type { EndpointRow, Replay } from '@halftone/ledger'
import { z } from 'zod'
import {
  deliveryAnswer,
  deliverySchema,
  endpointAnswer,
  endpointSchema,
  endpointWithSecretSchema,
  messageStates,
} from '../../answers/endpoint-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

const time = z.iso.datetime({ offset: true })
const replaySchema = z.strictObject({
  message_id: idSchema('message').optional().describe('this one'),
  from: time.optional().describe('those made from then on'),
  to: time.optional().describe('not included; left out: now'),
  status: z
    .array(z.enum(messageStates))
    .min(1)
    .optional()
    .describe('of `from`; left out: held and exhausted'),
  missing_since: time
    .optional()
    .describe(
      'all that happened since then, fits the endpoint and was not delivered, even from before it was there',
    ),
})

const deliveriesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
  cursor: idSchema('message').optional(),
  status: z.enum(messageStates).optional(),
  type: z.enum(eventTypes).optional(),
})

const route = { tags: ['events'], security: bearer, params: idParams }

const verbs = [
  { verb: 'pause', summary: 'Send nothing to an endpoint', description: 'What happens is held for it.' },
  {
    verb: 'enable',
    summary: 'Send to a paused or disabled endpoint again',
    description: 'What was held is sent at once.',
  },
] as const

/** What was sent to an endpoint and how it fared; once more; by another secret; not now. */
export function webhookDeliveryRoutes(app: App, parts: ProducerParts): void {
  const { endpoints } = parts.ledger
  const told = async <T>(value: T | null): Promise<T> => {
    const there = found('endpoint', value)
    await parts.signals.publish('outbox', {})
    return there
  }
  for (const { verb, summary, description } of verbs)
    app.route({
      method: 'POST',
      url: `/webhook-endpoints/:id/${verb}`,
      schema: {
        ...route,
        operationId: `${verb}WebhookEndpoint`,
        summary,
        description,
        response: { 200: endpointSchema, ...problems(401, 404, 503) },
      },
      handler: async ({ projectId, params }) =>
        endpointAnswer(
          await told<EndpointRow>(await endpoints[verb](projectId, knownId('endpoint', params.id))),
        ),
    })
  app.route({
    method: 'POST',
    url: '/webhook-endpoints/:id/rotate',
    schema: {
      ...route,
      operationId: 'rotateWebhookSecret',
      summary: 'A new secret',
      description: 'The one before signs beside it for 24 hours.',
      response: { 200: endpointWithSecretSchema, ...problems(401, 404, 503) },
    },
    handler: async ({ projectId, params }) => {
      const { row, secret } = await told(await endpoints.rotate(projectId, knownId('endpoint', params.id)))
      return { ...endpointAnswer(row), secret }
    },
  })
  app.route({
    method: 'POST',
    url: '/webhook-endpoints/:id/test',
    schema: {
      ...route,
      operationId: 'testWebhookEndpoint',
      summary: 'Send a test event',
      description:
        'An `endpoint.test`; to a pending endpoint its challenge once more. The log tells how it fared.',
      response: { 202: z.object({ message_id: z.string() }), ...problems(401, 404, 422, 503) },
    },
    handler: async ({ projectId, params }, reply) => {
      const message = await told(await endpoints.test(projectId, knownId('endpoint', params.id)))
      return reply.status(202).send({ message_id: message })
    },
  })
  app.route({
    method: 'GET',
    url: '/webhook-endpoints/:id/deliveries',
    schema: {
      ...route,
      operationId: 'listWebhookDeliveries',
      summary: 'What was sent to an endpoint, newest first',
      querystring: deliveriesQuery,
      response: {
        200: z.object({ data: z.array(deliverySchema), next_cursor: z.string().nullable() }),
        ...problems(400, 401, 404, 503),
      },
    },
    handler: async ({ projectId, params, query: { limit, cursor, status, type } }) => {
      const id = knownId('endpoint', params.id)
      const filter = { state: status, type, limit: limit + 1, before: cursor }
      const rows = found('endpoint', await endpoints.deliveries(projectId, id, filter))
      const page = rows.slice(0, limit)
      return {
        data: page.map(deliveryAnswer),
        next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      }
    },
  })
  app.route({
    method: 'POST',
    url: '/webhook-endpoints/:id/replay',
    schema: {
      ...route,
      operationId: 'replayWebhooks',
      summary: 'Send once more',
      description:
        'By `message_id`, by `from`, `to` and `status`, or by `missing_since`: one of the three. Messages keep their ' +
        '`webhook-id`, so that a receiver knows what it has; the timestamp is new.',
      body: replaySchema,
      response: { 202: z.object({ replayed: z.int() }), ...problems(400, 401, 404, 422, 503) },
    },
    handler: async ({ projectId, params, body }, reply) => {
      const id = knownId('endpoint', params.id)
      const what = whatToReplay(body, parts.clock())
      const replayed = await told(await endpoints.replay(projectId, id, what))
      if ('message' in what && replayed === 0) throw noMessage()
      return reply.status(202).send({ replayed })
    },
  })
}

function whatToReplay(body: z.infer<typeof replaySchema>, now: number): Replay {
  const { message_id: message, from, to, status, missing_since: missingSince } = body
  const ways = [message, from, missingSince].filter((way) => way !== undefined)
  if (ways.length !== 1 || ((to !== undefined || status !== undefined) && from === undefined))
    throw new AppError('invalid_request', 'say what to send in one way', {
      field: '/message_id',
      limit: 1,
      next: 'give message_id; or from, with to and status if you like; or missing_since',
    })
  if (message !== undefined) return { message }
  if (missingSince !== undefined) return { missingSince: new Date(missingSince) }
  return {
    from: new Date(from ?? now),
    to: new Date(to ?? now),
    states: status ?? ['held', 'exhausted'],
  }
}

function noMessage(): AppError {
  return new AppError('not_found', 'no such message was ever sent to this endpoint', {
    field: '/message_id',
    next: 'GET …/deliveries lists them',
  })
}
