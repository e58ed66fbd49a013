import { subscribableTypes } from '@halftone/contracts'
import { z } from 'zod'
import {
  endpointAnswer,
  endpointModes,
  endpointSchema,
  endpointWithSecretSchema,
} from '../../answers/endpoint-answer.ts'
import type { App } from '../../app.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { idempotencyKey } from '../../idempotency.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

const endpointsMax = 20

const fields = {
  url: z.string().min(1).max(2_000),
  events: z.array(z.enum(subscribableTypes)).max(50).describe('which types; empty: all'),
  description: z.string().max(500),
  mode: z
    .enum(endpointModes)
    .describe('of a bulk: its jobs, the bulk itself, or both; jobs outside of bulks are always told'),
}
const endpointBodySchema = z.strictObject({
  url: fields.url,
  events: fields.events.default([]),
  description: fields.description.default(''),
  mode: fields.mode.default('per_bulk'),
})
const changeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'give a field to change' })

const route = { tags: ['events'], security: bearer }

/** `/v1/webhook-endpoints`: where a project is told what happened. */
export function webhookEndpointRoutes(app: App, parts: ProducerParts): void {
  const { endpoints } = parts.ledger
  createRoute(app, parts)
  app.route({
    method: 'GET',
    url: '/webhook-endpoints',
    schema: {
      ...route,
      operationId: 'listWebhookEndpoints',
      summary: 'Your webhook endpoints',
      response: { 200: z.object({ data: z.array(endpointSchema) }), ...problems(401, 503) },
    },
    handler: async ({ projectId }) => ({ data: (await endpoints.list(projectId)).map(endpointAnswer) }),
  })
  app.route({
    method: 'GET',
    url: '/webhook-endpoints/:id',
    schema: {
      ...route,
      operationId: 'getWebhookEndpoint',
      summary: 'A webhook endpoint',
      params: idParams,
      response: { 200: endpointSchema, ...problems(401, 404, 503) },
    },
    handler: async ({ projectId, params }) =>
      endpointAnswer(found('endpoint', await endpoints.find(projectId, knownId('endpoint', params.id)))),
  })
  app.route({
    method: 'PATCH',
    url: '/webhook-endpoints/:id',
    schema: {
      ...route,
      operationId: 'changeWebhookEndpoint',
      summary: 'Change a webhook endpoint',
      description: 'Another URL has to answer a challenge before anything else is sent to it.',
      params: idParams,
      body: changeSchema,
      response: { 200: endpointSchema, ...problems(400, 401, 404, 503) },
    },
    handler: async ({ projectId, params, body }) => {
      const id = knownId('endpoint', params.id)
      const moved = body.url === undefined ? {} : whereTo(parts, body.url)
      const row = found('endpoint', await endpoints.change(projectId, id, { ...body, ...moved }))
      await parts.signals.publish('outbox', {})
      return endpointAnswer(row)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/webhook-endpoints/:id',
    schema: {
      ...route,
      operationId: 'deleteWebhookEndpoint',
      summary: 'Delete a webhook endpoint',
      description: 'What waits for it is given up.',
      params: idParams,
      response: { 204: z.null().describe('It is gone'), ...problems(401, 404, 503) },
    },
    handler: async ({ projectId, params }, reply) => {
      const removed = await endpoints.remove(projectId, knownId('endpoint', params.id))
      found('endpoint', removed || null)
      return reply.status(204).send(null)
    },
  })
}

function createRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/webhook-endpoints',
    schema: {
      ...route,
      operationId: 'createWebhookEndpoint',
      summary: 'Be told what happens',
      description:
        'The endpoint is pending until it has answered a signed `endpoint.challenge` with 2xx, which is sent at once and ' +
        'tried again on the usual schedule. What happens meanwhile is held for it for a day.',
      body: endpointBodySchema,
      response: { 201: endpointWithSecretSchema, ...problems(400, 401, 409, 415, 422, 503) },
    },
    handler: async (request, reply) => {
      const { projectId, body } = request
      const target = whereTo(parts, body.url)
      const stored = await parts.idempotency.once(
        { projectId, key: idempotencyKey(request.headers['idempotency-key']) },
        () => `POST /v1/webhook-endpoints ${canonicalJson(body)}`,
        async (idempotency) => {
          const { row, secret } = await parts.ledger.endpoints.create(
            projectId,
            { ...body, ...target },
            { max: endpointsMax, idempotency, answer: endpointAnswer },
          )
          return { status: 201, answer: { ...endpointAnswer(row), secret } }
        },
      )
      await parts.signals.publish('outbox', {})
      return reply.status(201).send(endpointWithSecretSchema.parse(stored.answer))
    },
  })
}

function whereTo(parts: ProducerParts, text: string): { url: string; origin: string } {
  const { url } = parts.checkUrl(text, '/url')
  return { url: url.href, origin: url.origin }
}
