import { hasEnded, renderEvent, type ToldEvent } from '@halftone/contracts'
import type { JobRow } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { EventStream } from '../../event-streams.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'
import { eventStreamAnswer, lastEventId } from '../stream-events/handler.ts'

/** Its steps before the end are told by nobody: they are looked for this often. */
const beatMs = 500

/** `GET /v1/jobs/:id/events`: the job as it goes on, until it ends. */
export function streamJobRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/jobs/:id/events',
    schema: {
      operationId: 'streamJob',
      summary: 'A job as it goes on, until it ends',
      description:
        'First how it is now, then each change of its status as `image.job.updated`, and its end as `image.job.succeeded`, ' +
        '`.failed`, `.canceled` or `.expired`; then the stream closes. 204 when `Last-Event-ID` is that of the end.',
      tags: ['events'],
      security: bearer,
      params: idParams,
      response: {
        200: eventStreamAnswer,
        204: z.null().describe('All was told'),
        ...problems(401, 404, 429, 503),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = request
      const id = knownId('job', request.params.id)
      const { job } = found('job', await parts.ledger.jobs.job(projectId, id))
      const last = lastEventId(request)
      // EventSource comes back whenever a stream closes, unless it is told 204
      if (hasEnded(job.status) && last === placeOf(job)) return reply.status(204).send(null)
      await parts.streams.answer(reply, projectId, (stream) => follow(parts, stream, job, last))
    },
  })
}

async function follow(
  { ledger, accept, clock }: ProducerParts,
  stream: EventStream,
  first: JobRow,
  last: string | undefined,
): Promise<void> {
  let told = last
  let job: JobRow | undefined = first
  while (stream.open && job) {
    const place = placeOf(job)
    if (place !== told) {
      const body = renderEvent(eventOf(job, clock()), accept.links.contentUrl)
      if (body) await stream.send(place, body)
      told = place
    }
    if (hasEnded(job.status)) return
    await stream.woken(beatMs)
    job = (await ledger.jobs.job(job.projectId, job.id))?.job
  }
}

/** Equal for equal news. */
function placeOf({ id, status, generation }: JobRow): string {
  return `${id}-${generation}-${status}`
}

function eventOf(job: JobRow, now: number): ToldEvent {
  const type = hasEnded(job.status) ? (`image.job.${job.status}` as const) : 'image.job.updated'
  const createdAt = job.finishedAt ?? new Date(now)
  return { id: placeOf(job), type, sequence: job.sequence, createdAt, job, bulk: null, data: null }
}
