import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { accountOf, admitPaid, attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { parseRequest } from '../parse-request.ts'
import { chargeNano } from '../prices/charge.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { badRequest, compatibleErrors, modelNotFound, proxyError, refused } from './errors.ts'

const urlLifeMs = 3_600_000
const urlsKept = 500

/** What the server of this simulation has loaded. Janus makes one size only and hands out links, whatever is asked for. */
const models = {
  'flux-1-schnell': { nMax: 4, edgeMax: 1_536, only: null, by: 'b64_json' },
  'janus-pro-7b': { nMax: 1, edgeMax: 384, only: '384x384', by: 'url' },
} as const
type Model = keyof typeof models

const requestSchema = z.object({
  model: z.string(),
  prompt: z.string().min(1),
  n: z.int().min(1).default(1),
  size: z
    .string()
    .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/)
    .optional(),
  response_format: z.enum(['url', 'b64_json']).optional(),
  seed: z.int().optional(),
  user: z.string().optional(),
})

/**
 * A server of one's own that speaks like OpenAI, loosely: no usage, `created` as a text, errors in shapes of their own,
 * pictures as base64 or as links that die, by the model.
 */
export function compatibleRoutes(simulation: Simulation) {
  const { artist, prices } = simulation
  const files = new Map<string, { bytes: Buffer; until: number }>()

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/models', async (request) => {
      accountOf(request, compatibleErrors)
      meetFault(simulation.faults, 'openai-compatible', null, compatibleErrors)
      return {
        object: 'list',
        data: Object.keys(models).map((id) => ({ id, object: 'model', owned_by: 'self' })),
      }
    })

    app.get<{ Params: { name: string } }>('/files/:name', async (request, reply) => {
      const file = files.get(request.params.name)
      if (!file || file.until < simulation.clock()) throw compatibleErrors.notFound()
      return reply.type('image/png').send(file.bytes)
    })

    app.post('/images/generations', async (request, reply) => {
      const account = admitPaid(request, simulation, 'openai-compatible', compatibleErrors)
      const body = parseRequest(requestSchema, request.body, (field, fault) =>
        badRequest(`${field}: ${fault}`),
      )
      const model = modelOf(body.model)
      const price = model && prices.find('openai-compatible', model, 'generate')
      if (!model || !price) throw modelNotFound(body.model)
      const [width = 0, height = 0] = sizeOf(model, body.size).split('x').map(Number)
      if (body.n > models[model].nMax) throw badRequest(`n: at most ${models[model].nMax}`)

      const fault = meetFault(
        simulation.faults,
        'openai-compatible',
        model,
        simulation.strict ? { ...compatibleErrors, down: proxyError } : compatibleErrors,
        () => refused(400),
      )
      const verdict = judge(body.prompt)
      if (verdict !== 'fine') throw refused(verdict === 'filtered' ? 200 : 400)
      const charge = {
        provider: 'openai-compatible' as const,
        account,
        model,
        operation: 'generate',
        request_id: `cmpl-${randomBytes(12).toString('hex')}`,
        attempt_id: attemptOf(request),
        n: body.n,
        nano: chargeNano([{ amount: price.amount_usd, count: body.n, per: 1 }]),
      }
      const latencyMs = latencyUnder(fault, simulation.latency('openai-compatible', model))
      const pictures = await doPaidWork(simulation, { charge, latencyMs }, () =>
        Promise.all(
          Array.from({ length: body.n }, (_, i) =>
            artist.make({
              ...{ provider: 'openai-compatible', model, prompt: body.prompt, width, height, format: 'png' },
              seed: `${body.seed ?? ''}/${i}`,
            }),
          ),
        ),
      )
      const root = `${request.protocol}://${request.host}${app.prefix}`
      const data = pictures.map((picture) =>
        models[model].by === 'url'
          ? { url: keep(picture, root), b64_json: null }
          : { url: null, b64_json: picture.toString('base64'), revised_prompt: null },
      )
      const answer = { created: String(Math.floor(simulation.clock() / 1_000)), data }
      const headers = { 'content-type': 'application/json' }
      return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(answer) })
    })
  }

  function keep(bytes: Buffer, root: string): string {
    const name = `${randomBytes(12).toString('hex')}.png`
    files.set(name, { bytes, until: simulation.clock() + urlLifeMs })
    const [oldest] = files.keys()
    if (files.size > urlsKept && oldest) files.delete(oldest)
    return `${root}/files/${name}`
  }
}

function modelOf(id: string): Model | undefined {
  return (Object.keys(models) as Model[]).find((name) => name === id)
}

function sizeOf(model: Model, asked: string | undefined): string {
  const { only, edgeMax } = models[model]
  if (only !== null) {
    if (asked !== undefined && asked !== only) throw badRequest(`size: this model makes ${only} only`)
    return only
  }
  const size = asked ?? '1024x1024'
  const fits = size.split('x').every((edge) => Number(edge) % 16 === 0 && Number(edge) <= edgeMax)
  if (!fits) throw badRequest(`size: edges are multiples of 16 up to ${edgeMax}`)
  return size
}
