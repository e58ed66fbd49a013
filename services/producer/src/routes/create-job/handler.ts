import { hasEnded, jobAnswerSchema, jobBodySchema, limits } from '@halftone/contracts'
import { acceptJob } from '../../accept/accept-job.ts'
import { refuseHugePrompt } from '../../accept/huge-prompt.ts'
import { jobAnswer } from '../../answers/job-answer.ts'
import type { App } from '../../app.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { idempotencyKey } from '../../idempotency.ts'
import type { ProducerParts } from '../../parts.ts'
import { refuseLarge } from '../refuse-large.ts'
import { bearer, problems } from '../schemas.ts'
import { untilClosed } from '../until-closed.ts'
import { waitQuery } from '../wait-query.ts'

/** `POST /v1/jobs`: 202 once the job is committed; with `?wait=`, 200 if it ended in that time. */
export function createJobRoute(app: App, parts: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/jobs',
    bodyLimit: limits.jobWithDataUriBytes,
    schema: {
      operationId: 'createJob',
      summary: 'Ask for a picture',
      tags: ['jobs'],
      security: bearer,
      querystring: waitQuery,
      body: jobBodySchema,
      response: {
        200: jobAnswerSchema,
        202: jobAnswerSchema,
        ...problems(400, 401, 402, 404, 409, 413, 415, 422, 503),
      },
    },
    preValidation: async (request) => refuseHugePrompt(request.body),
    handler: async (request, reply) => {
      const { body, projectId } = request
      refuseLarge(request.bodyBytes, body)
      parts.stores.mustBeThere()
      const stored = await parts.idempotency.once(
        { projectId, key: idempotencyKey(request.headers['idempotency-key']) },
        () => `POST /v1/jobs ${canonicalJson(body)}`,
        (idempotency) => acceptJob(parts.accept, projectId, body, idempotency),
      )
      const answer = jobAnswerSchema.parse(stored.answer)
      const waitMs = request.query.wait * 1_000
      if (waitMs === 0) return reply.status(202).send(answer)
      const now = await parts.waits.untilEnded(projectId, answer.id, waitMs, untilClosed(reply))
      if (!now) return reply.status(202).send(answer)
      return reply.status(hasEnded(now.job.status) ? 200 : 202).send(jobAnswer(now, parts.accept.links))
    },
  })
}
