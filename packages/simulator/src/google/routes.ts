import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountOf, admitPaid, keyInHeader, keyOf } from '../caller.ts'
import { meetFault } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import type { ErrorShape } from '../wire-error.ts'
import { createGeminiBatches } from './batches.ts'
import { geminiErrors, modelNotFound, unauthenticated, vertexErrors } from './errors.ts'
import { generateContent } from './generate.ts'
import { type GeminiModel, geminiModel, geminiModels } from './models.ts'
import { predict } from './predict.ts'

export interface PaidCaller {
  request: FastifyRequest
  reply: FastifyReply
  account: string
}

type Named = { Params: { name: string } }

const inlineBytesMax = 20 * 1024 * 1024
const tokenLifeMs = 3_600_000
const vertexModels = '/v1/projects/:project/locations/:location/publishers/google/models/:name'

/** The Gemini API and Vertex AI: the same models behind two doors. Files and interactions are not served. */
export function googleRoutes(simulation: Simulation) {
  const apiKey = keyInHeader('x-goog-api-key')
  const batches = createGeminiBatches(simulation)
  /** When each OAuth token was first seen: it lives for an hour. */
  const bornAt = new Map<string, number>()

  function checkToken(request: FastifyRequest): void {
    const token = keyOf(request) ?? ''
    const born = bornAt.get(token) ?? simulation.clock()
    bornAt.set(token, born)
    if (simulation.clock() - born >= tokenLifeMs) throw unauthenticated()
  }

  async function call(request: FastifyRequest<Named>, reply: FastifyReply, account: string) {
    if (Number(request.headers['content-length'] ?? 0) > inlineBytesMax) throw geminiErrors.tooLarge()
    const [model = '', method] = request.params.name.split(':')
    const caller = { request, reply, account }
    if (method === 'batchGenerateContent') return batches.create(request, model, account)
    if (method === 'generateContent') return generateContent(simulation, model, caller)
    if (method === 'predict') return predict(simulation, model, caller)
    throw geminiErrors.notFound()
  }

  function sold(name: string, errors: ErrorShape) {
    meetFault(simulation.faults, 'google', null, errors)
    const model = geminiModel(name)
    if (!model || !simulation.prices.has('google', name)) throw modelNotFound(name)
    return listed(model)
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1beta/models', async (request) => {
      accountOf(request, geminiErrors, apiKey)
      meetFault(simulation.faults, 'google', null, geminiErrors)
      return { models: geminiModels.filter(({ id }) => simulation.prices.has('google', id)).map(listed) }
    })
    app.get<Named>('/v1beta/models/:name', async (request) => {
      accountOf(request, geminiErrors, apiKey)
      return sold(request.params.name, geminiErrors)
    })
    app.post<Named>('/v1beta/models/:name', (request, reply) =>
      call(request, reply, admitPaid(request, simulation, 'google', geminiErrors, apiKey)),
    )

    app.get('/v1beta/batches', async (request) => batches.list(accountOf(request, geminiErrors, apiKey)))
    app.get<Named>('/v1beta/batches/:name', async (request) =>
      batches.get(accountOf(request, geminiErrors, apiKey), request.params.name),
    )
    app.post<Named>('/v1beta/batches/:name', async (request) => {
      const [id = '', method] = request.params.name.split(':')
      if (method !== 'cancel') throw geminiErrors.notFound()
      return batches.cancel(accountOf(request, geminiErrors, apiKey), id)
    })

    app.get<Named>('/v1/publishers/google/models/:name', async (request) => {
      accountOf(request, vertexErrors)
      checkToken(request)
      return sold(request.params.name, vertexErrors)
    })
    app.post<Named>(vertexModels, async (request, reply) => {
      const account = admitPaid(request, simulation, 'google', vertexErrors)
      checkToken(request)
      return call(request, reply, account)
    })
  }
}

function listed({ id }: GeminiModel) {
  return {
    name: `models/${id}`,
    version: '1',
    displayName: id,
    supportedGenerationMethods: ['generateContent'],
  }
}
