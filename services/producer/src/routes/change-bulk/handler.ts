import { AppError, bulkAnswerSchema } from '@halftone/contracts'
import { z } from 'zod'
import { bulkAnswer } from '../../answers/bulk-answer.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, found, idParams, knownId, problems } from '../schemas.ts'

const changeSchema = z
  .strictObject({
    priority: z.int().min(0).max(4).optional(),
    deadline: z.iso.datetime({ offset: true }).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, { message: 'give priority, deadline or both' })

const verbs = [
  {
    verb: 'pause',
    summary: 'Start no more jobs of a bulk',
    description: 'What runs comes to its end; the rest waits until it is resumed. Deadlines go on.',
  },
  {
    verb: 'resume',
    summary: 'Go on with a paused bulk',
    description: 'One that is not paused stays as it is.',
  },
] as const

/** Pause, resume, and another priority or deadline for the jobs of a bulk that have not started. */
export function changeBulkRoutes(app: App, { ledger, signals, clock }: ProducerParts): void {
  for (const { verb, summary, description } of verbs)
    app.route({
      method: 'POST',
      url: `/bulk/:id/${verb}`,
      schema: {
        operationId: `${verb}Bulk`,
        summary,
        description,
        tags: ['bulk'],
        security: bearer,
        params: idParams,
        response: { 200: bulkAnswerSchema, ...problems(401, 404, 503) },
      },
      handler: async (request) => {
        const bulk = await ledger.bulks[verb](request.projectId, knownId('bulk', request.params.id))
        await signals.publish('dispatch', {})
        return bulkAnswer(found('bulk', bulk))
      },
    })
  app.route({
    method: 'PATCH',
    url: '/bulk/:id',
    schema: {
      operationId: 'changeBulk',
      summary: 'Another priority or deadline for what waits',
      description: 'Jobs that run or ended are not changed. What waits is planned anew by the new deadline.',
      tags: ['bulk'],
      security: bearer,
      params: idParams,
      body: changeSchema,
      response: { 200: bulkAnswerSchema, ...problems(400, 401, 404, 422, 503) },
    },
    handler: async (request) => {
      const { priority, deadline } = request.body
      const at = deadline === undefined ? undefined : new Date(deadline)
      if (at && at.getTime() <= clock()) throw hasPassed(clock())
      const id = knownId('bulk', request.params.id)
      const bulk = await ledger.bulks.change(request.projectId, id, { priority, deadline: at })
      await signals.publish('dispatch', {})
      return bulkAnswer(found('bulk', bulk))
    },
  })
}

function hasPassed(now: number): AppError {
  return new AppError('deadline_exceeded', 'the deadline has passed', {
    field: '/deadline',
    limit: new Date(now).toISOString(),
    next: 'set a later deadline',
  })
}
