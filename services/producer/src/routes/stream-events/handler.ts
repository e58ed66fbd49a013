import { AppError, eventTypes, renderEvent } from '@halftone/contracts'
import type { EventFilter } from '@halftone/ledger'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { EventStream } from '../../event-streams.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, knownId, problems } from '../schemas.ts'

const streamQuery = z.strictObject({
  types: z.string().max(500).optional().describe('event types, with commas between; left out: all'),
  bulk_id: z.string().max(64).optional(),
  last_event_id: z
    .string()
    .max(64)
    .optional()
    .describe('as the header `Last-Event-ID`, for those who cannot send it'),
})

export const eventStreamAnswer = {
  description:
    'Server-sent events: `event` is the type, `data` the body of the webhook, `id` the place to go on from',
  content: { 'text/event-stream': { schema: z.string() } },
}

const pageEvents = 200
const beatMs = 5_000
/** Something is being committed: it is there in a moment. */
const soonMs = 150

/** `GET /v1/events`: all that happens in the project, for those who cannot receive webhooks. */
export function streamEventsRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/events',
    schema: {
      operationId: 'streamEvents',
      summary: 'What happens in the project, as it happens',
      description:
        'Nothing is missed: send the last `id` as `Last-Event-ID` and it goes on from there, for some days back. Without it, ' +
        'from now. A comment is sent every 15 seconds. At most 20 streams a project.',
      tags: ['events'],
      security: bearer,
      querystring: streamQuery,
      response: { 200: eventStreamAnswer, ...problems(400, 401, 404, 429, 503) },
    },
    handler: async (request, reply) => {
      const { projectId, query } = request
      const { events } = parts.ledger
      const filter = { types: typesOf(query.types), bulkId: query.bulk_id && knownId('bulk', query.bulk_id) }
      const last = lastEventId(request, query.last_event_id)
      const from = last ?? (await events.latest(projectId))
      // a cursor that is not one is refused while that can be said
      if (last !== undefined) await events.after(projectId, last, filter, 1)
      await parts.streams.answer(reply, projectId, (stream) =>
        follow(parts, stream, { projectId, from, filter }),
      )
    },
  })
}

async function follow(
  { ledger, accept }: ProducerParts,
  stream: EventStream,
  { projectId, from, filter }: { projectId: string; from: string; filter: EventFilter },
): Promise<void> {
  let cursor = from
  while (stream.open) {
    const page = await ledger.events.after(projectId, cursor, filter, pageEvents)
    for (const event of page.events) {
      const body = renderEvent(event, accept.links.contentUrl)
      if (body) await stream.send(event.cursor, body)
    }
    const moved = page.cursor !== cursor
    cursor = page.cursor
    if (!page.more) await stream.woken(beatMs)
    else if (!moved) await stream.woken(soonMs)
  }
}

export function lastEventId(request: FastifyRequest, inQuery?: string): string | undefined {
  const header = request.headers['last-event-id']
  return (typeof header === 'string' && header !== '' ? header : undefined) ?? inQuery
}

function typesOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').map((part) => part.trim())
  const wrong = names.find((name) => !eventTypes.some((type) => type === name))
  if (wrong === undefined) return names
  throw new AppError('invalid_request', `"${wrong}" is not an event type`, {
    field: '/types',
    limit: eventTypes.join(', '),
    next: 'name types of that list, with commas between',
  })
}
