import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accountOf, admitPaid, attemptOf, type ReadKey } from '../caller.ts'
import { meetFault, sendAnswer } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { falErrors } from './errors.ts'
import { falModel } from './models.ts'
import { type FalRequest, type FalRequests, outputOf } from './requests.ts'

/** The word is Key: a bearer token is nobody's. */
export const falKey: ReadKey = (request) =>
  /^Key\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1] ?? null

type Submit = { Params: { '*': string }; Querystring: { fal_webhook?: string } }
type Asked = { Params: { owner: string; app: string; id: string } }

/** fal's queue. A submit takes the whole id of an endpoint; status, result and cancel only its owner and app. */
export function falRoutes(simulation: Simulation, requests: FalRequests) {
  async function submit(request: FastifyRequest<Submit>, reply: FastifyReply): Promise<FastifyReply> {
    const account = admitPaid(request, simulation, 'fal', falErrors, falKey)
    const model = falModel(request.params['*'])
    const price = model && simulation.prices.find('fal', model.id, model.operation)
    if (!model || !price) throw falErrors.notFound()
    const fault = meetFault(simulation.faults, 'fal', model.id, falErrors)
    const webhook = request.query.fal_webhook ?? null
    const seconds = Number(request.headers['x-fal-request-timeout'] ?? Number.NaN)
    const made = requests.create({
      ...{ account, model, price, webhook, fault, body: request.body },
      attemptId: attemptOf(request) ?? (webhook && new URL(webhook).searchParams.get('attempt')),
      startMaxMs: seconds > 1 ? seconds * 1_000 : null,
      files: `${hostOf(request)}/fal-media/files`,
    })
    const headers = { 'content-type': 'application/json', 'x-fal-request-id': made.id }
    return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(statusOf(made, request)) })
  }

  function known(request: FastifyRequest<Asked>): FalRequest {
    const account = accountOf(request, falErrors, falKey)
    const { owner, app, id } = request.params
    const found = requests.find(account, id)
    if (!found?.model.id.startsWith(`${owner}/${app}/`)) throw falErrors.notFound()
    return found
  }

  return async (app: FastifyInstance): Promise<void> => {
    const path = '/:owner/:app/requests/:id'
    app.get('/.well-known/jwks.json', async () => requests.jwks())
    app.post<Submit>('/*', submit)

    // 202 until it is done: a client that takes any 2xx for the end is mistaken.
    app.get<Asked>(`${path}/status`, async (request, reply) => {
      const found = known(request)
      return reply.code(found.status === 'COMPLETED' ? 200 : 202).send(statusOf(found, request))
    })
    app.get<Asked>(path, async (request, reply) => {
      const found = known(request)
      if (found.status !== 'COMPLETED')
        return reply.code(400).send({ detail: 'Request is still in progress' })
      reply.header('x-fal-request-id', found.id)
      if (found.failure)
        return reply.code(found.failure.status).headers(found.failure.headers).send(found.failure.body)
      return reply.header('x-fal-billable-units', found.units).send(outputOf(found))
    })
    app.put<Asked>(`${path}/cancel`, async (request, reply) => {
      const found = known(request)
      if (found.status === 'COMPLETED') return reply.code(400).send({ status: 'ALREADY_COMPLETED' })
      requests.cancel(found)
      return reply.code(202).send({ status: 'CANCELLATION_REQUESTED' })
    })
  }
}

function statusOf(found: FalRequest, request: FastifyRequest) {
  const { id, gatewayId, model, status, startedAt, endedAt, failure } = found
  const [owner, app] = model.id.split('/')
  const own = `${hostOf(request)}/fal/${owner}/${app}/requests/${id}`
  const urls = { response_url: own, status_url: `${own}/status`, cancel_url: `${own}/cancel` }
  const common = { status, request_id: id, gateway_request_id: gatewayId, ...urls }
  if (status === 'IN_QUEUE') return { ...common, queue_position: 0 }
  if (status === 'IN_PROGRESS') return { ...common, logs: [] }
  const inference_time = ((endedAt ?? 0) - (startedAt ?? endedAt ?? 0)) / 1_000
  return { ...common, logs: [], metrics: { inference_time }, ...(failure && { error: 'Request failed' }) }
}

function hostOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

/** Where the pictures lie, without a key. */
export function falMediaRoutes(requests: FalRequests) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Params: { id: string; index: string; ending: string } }>(
      '/files/:id/:index(^\\d+).:ending(^jpeg|png$)',
      async (request, reply) => {
        const { id, index, ending } = request.params
        const picture = await requests.draw(id, Number(index))
        if (!picture) throw falErrors.notFound()
        return reply.type(`image/${ending}`).send(picture)
      },
    )
  }
}
