import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { accountOf, admitPaid, attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { parseRequest } from '../parse-request.ts'
import { chargeNano } from '../prices/charge.ts'
import type { Simulation } from '../simulation.ts'
import { converse } from './converse.ts'
import { mistralErrors, noSuchModel, unprocessable } from './errors.ts'
import { createFiles } from './files.ts'
import { agentSchema, conversationSchema } from './schemas.ts'
import { streamed } from './streamed.ts'

const models = ['mistral-medium-latest']
const agentsKept = 500

/** Mistral's agents, conversations and files, as far as pictures are made with them. */
export function mistralRoutes(simulation: Simulation) {
  const { prices, clock } = simulation
  const files = createFiles(clock)
  const agents = new Map<string, { model: string; draws: boolean }>()

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/models', async (request) => {
      accountOf(request, mistralErrors)
      meetFault(simulation.faults, 'mistral', null, mistralErrors)
      return {
        object: 'list',
        data: models.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'mistralai' })),
      }
    })

    app.post('/agents', async (request) => {
      accountOf(request, mistralErrors)
      const body = parseRequest(agentSchema, request.body, unprocessable)
      if (!models.includes(body.model)) throw noSuchModel(body.model)
      const id = `ag_${randomBytes(16).toString('hex')}`
      agents.set(id, { model: body.model, draws: draws(body.tools) })
      const [oldest] = agents.keys()
      if (agents.size > agentsKept && oldest) agents.delete(oldest)
      const now = new Date(clock()).toISOString()
      const { instructions = null, description = null, tools, model, name } = body
      return {
        ...{
          object: 'agent',
          id,
          version: 0,
          versions: [0],
          created_at: now,
          updated_at: now,
          deployment_chat: false,
        },
        ...{
          model,
          name,
          instructions,
          description,
          tools,
          completion_args: {},
          handoffs: null,
          source: 'api',
        },
      }
    })

    app.post('/conversations', async (request, reply) => {
      const account = admitPaid(request, simulation, 'mistral', mistralErrors)
      const body = parseRequest(conversationSchema, request.body, unprocessable)
      const agent = body.agent_id
        ? agents.get(body.agent_id)
        : { model: body.model ?? '', draws: draws(body.tools ?? []) }
      if (!agent) throw mistralErrors.notFound()
      const price = prices.find('mistral', agent.model, 'generate')
      if (!price) throw noSuchModel(agent.model)
      const fault = meetFault(simulation.faults, 'mistral', agent.model, mistralErrors)

      const said = converse(body.inputs, {
        draws: agent.draws,
        refuses: fault === 'refuse',
        instructions: body.instructions,
      })
      const { usage } = said
      const id = `conv_${randomUUID().replaceAll('-', '')}`
      const charge = {
        ...{ provider: 'mistral' as const, account, model: agent.model, operation: 'generate' },
        ...{ request_id: id, attempt_id: attemptOf(request), n: said.pictures },
        nano: chargeNano([
          { amount: price.amount_usd, count: usage.connectors?.image_generation ?? 0, per: 1 },
          {
            amount: price.extra?.text_in_usd_per_1m ?? '0',
            count: usage.prompt_tokens + usage.connector_tokens,
            per: 1_000_000,
          },
          { amount: price.extra?.text_out_usd_per_1m ?? '0', count: usage.completion_tokens, per: 1_000_000 },
        ]),
      }
      const latencyMs = latencyUnder(fault, simulation.latency('mistral', agent.model))
      const pictures = await doPaidWork(simulation, { charge, latencyMs }, () =>
        Promise.all(
          Array.from({ length: said.pictures }, (_, i) =>
            simulation.artist.make({
              ...{ provider: 'mistral', model: agent.model, prompt: body.inputs, seed: `${i}` },
              ...{ width: 1_024, height: 1_024, format: 'png' },
            }),
          ),
        ),
      )
      const answer = {
        object: 'conversation.response',
        conversation_id: id,
        outputs: said.outputs(pictures.map(files.keep), agent.model, new Date(clock()).toISOString()),
        usage,
      }
      if (body.stream) {
        const headers = { 'content-type': 'text/event-stream' }
        return sendAnswer(reply, fault, { status: 200, headers, body: streamed(answer) })
      }
      const headers = { 'content-type': 'application/json', 'mistral-correlation-id': randomUUID() }
      return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(answer) })
    })

    app.get<{ Params: { id: string } }>('/files/:id/content', async (request, reply) => {
      accountOf(request, mistralErrors)
      const bytes = files.get(request.params.id)
      if (!bytes) throw mistralErrors.notFound()
      return reply.type('application/octet-stream').send(bytes)
    })

    app.get<{ Params: { id: string } }>('/files/:id/url', async (request) => {
      accountOf(request, mistralErrors)
      if (!files.get(request.params.id)) throw mistralErrors.notFound()
      return { url: `${request.protocol}://${request.host}/mistral/v1/signed/${request.params.id}` }
    })

    app.get<{ Params: { id: string } }>('/signed/:id', async (request, reply) => {
      const bytes = files.get(request.params.id)
      if (!bytes) throw mistralErrors.notFound()
      return reply.type('image/png').send(bytes)
    })

    app.delete<{ Params: { id: string } }>('/files/:id', async (request) => {
      accountOf(request, mistralErrors)
      if (!files.remove(request.params.id)) throw mistralErrors.notFound()
      return { id: request.params.id, object: 'file', deleted: true }
    })
  }
}

function draws(tools: readonly { type: string }[]): boolean {
  return tools.some(({ type }) => type === 'image_generation')
}
