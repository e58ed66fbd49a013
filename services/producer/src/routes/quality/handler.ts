import {
  AppError,
  modelKey,
  type QualityFloor,
  type QualityScore,
  qualityFloorSchema,
  qualityScoreSchema,
} from '@halftone/contracts'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const bodySchema = z
  .strictObject({
    scores: z.array(qualityScoreSchema).max(5_000).default([]),
    floors: z.array(qualityFloorSchema).max(1_000).default([]),
  })
  .describe('scores: what was measured; floors: the least that is accepted, for everybody or for one project')
const answerSchema = z.object({
  scores: z.array(qualityScoreSchema),
  floors: z.array(qualityFloorSchema),
})
const recordSchema = qualityScoreSchema.extend({ version: z.int(), replaced_at: z.string().nullable() })

/** What was measured of models, and the floors: the operator's to write, and routing goes by it at once. */
export function qualityRoutes(app: App, { ledger, market, signals }: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/quality',
    schema: {
      operationId: 'recordQuality',
      summary: 'Record what was measured of models, and set floors',
      description:
        'A score takes the place of the last one of the same model, content type and method; the history keeps both. ' +
        'Routing weighs all methods by their n, and the catalogue’s prior as two pictures.',
      tags: ['admin'],
      security: bearer,
      body: bodySchema,
      response: { 200: answerSchema, ...problems(400, 401, 404, 503) },
    },
    handler: async ({ body: { scores, floors } }) => {
      const known = new Set(market.view().models.map(modelKey))
      for (const [i, score] of scores.entries()) checkScore(score, i, known)
      await ledger.quality.setFloors(floors)
      await ledger.quality.record(scores)
      await signals.publish('quality', {})
      return bookOf(await ledger.quality.current())
    },
  })
  app.route({
    method: 'GET',
    url: '/quality',
    schema: {
      operationId: 'getQuality',
      summary: 'What was measured of models, and the floors that were set',
      tags: ['admin'],
      security: bearer,
      querystring: z.object({ history: z.coerce.number().int().min(0).max(10_000).default(0) }),
      response: {
        200: answerSchema.extend({
          history: z.array(recordSchema).describe('newest first, as many as asked for with ?history='),
        }),
        ...problems(400, 401, 503),
      },
    },
    handler: async ({ query: { history } }) => ({
      ...bookOf(await ledger.quality.current()),
      history: history === 0 ? [] : await ledger.quality.history(history),
    }),
  })
}

function checkScore(score: QualityScore, i: number, known: ReadonlySet<string>): void {
  if (!known.has(modelKey(score)))
    throw new AppError('invalid_request', `the catalogue has no model ${modelKey(score)}`, {
      field: `/scores/${i}/model`,
      next: 'GET /v1/content-types shows the models that are known',
    })
  if (score.low > score.score || score.score > score.high)
    throw new AppError('invalid_request', 'the score lies outside its own interval', {
      field: `/scores/${i}/score`,
      limit: `${score.low} to ${score.high}`,
      next: 'give low and high of the 95 % interval around it',
    })
}

function bookOf({ scores, floors }: { scores: readonly QualityScore[]; floors: readonly QualityFloor[] }) {
  return { scores: [...scores], floors: [...floors] }
}
