import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { skillOf } from '../art/skill.ts'
import { accountOf, admitPaid, attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { parseRequest } from '../parse-request.ts'
import { type BillLine, chargeNano } from '../prices/charge.ts'
import type { PriceRow } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { askedSize, drawing } from './drawing.ts'
import { anthropicErrors, badRequest, modelNotFound } from './errors.ts'

const text = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform((blocks) => blocks.map((block) => block.text).join('\n')),
])
const messageSchema = z.object({
  model: z.string(),
  max_tokens: z.int().min(1).max(64_000),
  system: text.default(''),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: text })).min(1),
  stream: z.literal(false, 'streaming is not served by the simulator').optional(),
})

/** The last is the reference text's own, sold by the picture, and there alone. */
const models = ['claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-image']
const dated: Record<string, string> = {
  'claude-haiku-4-5-20251001': 'claude-haiku-4-5',
  'claude-sonnet-4-5-20250929': 'claude-sonnet-4-5',
}
/** Characters of a token, roughly, in prose and in SVG. */
const charsPerToken = { prose: 4, svg: 3 }

/** Claude's Messages API, as far as somebody asks it for drawings. */
export function anthropicRoutes(simulation: Simulation) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/models', async (request) => {
      accountOf(request, anthropicErrors)
      meetFault(simulation.faults, 'anthropic', null, anthropicErrors)
      const data = models
        .filter((id) => simulation.prices.has('anthropic', id))
        .map((id) => ({
          type: 'model',
          id,
          display_name: id,
          created_at: '2025-10-01T00:00:00Z',
        }))
      return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
    })

    app.post('/messages', async (request, reply) => {
      const account = admitPaid(request, simulation, 'anthropic', anthropicErrors)
      checkVersion(request)
      const body = parseRequest(messageSchema, request.body, (field, fault) =>
        badRequest(`${field}: ${fault}`),
      )
      const model = dated[body.model] ?? body.model
      const price = simulation.prices.find('anthropic', model, 'generate')
      if (!models.includes(model) || !price) throw modelNotFound(body.model)
      const prompt = body.messages.at(-1)?.content ?? ''
      const fault = meetFault(simulation.faults, 'anthropic', model, anthropicErrors)
      const refused = fault === 'refuse' || judge(prompt) !== 'fine'

      const size = askedSize(`${body.system}\n${prompt}`)
      const whole = refused
        ? ''
        : drawing(
            `${simulation.seed}/${model}/${prompt}`,
            prompt,
            size.width,
            size.height,
            skillOf(simulation.catalogue, 'anthropic', model),
          )
      const charsMax = body.max_tokens * charsPerToken.svg
      const said = whole.slice(0, charsMax)
      const usage = {
        input_tokens:
          Math.ceil(
            (body.system.length + body.messages.reduce((sum, { content }) => sum + content.length, 0)) /
              charsPerToken.prose,
          ) + 12,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: refused ? 9 : Math.max(1, Math.ceil(said.length / charsPerToken.svg)),
      }
      const id = `msg_${randomBytes(12).toString('hex')}`
      const charge = {
        provider: 'anthropic' as const,
        account,
        model,
        operation: 'generate',
        request_id: id,
        attempt_id: attemptOf(request),
        n: refused ? 0 : 1,
        nano: chargeNano(linesOf(price, usage, refused)),
      }
      const latencyMs = latencyUnder(fault, simulation.latency('anthropic', model))
      await doPaidWork(simulation, { charge, latencyMs }, async () => said)
      const answer = {
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: refused ? [] : [{ type: 'text', text: said }],
        stop_reason: refused ? 'refusal' : said.length < whole.length ? 'max_tokens' : 'end_turn',
        stop_sequence: null,
        usage,
      }
      const headers = { 'content-type': 'application/json', 'request-id': `req_${id.slice(4)}` }
      return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(answer) })
    })
  }
}

function linesOf(
  price: PriceRow,
  usage: { input_tokens: number; output_tokens: number },
  refused: boolean,
): BillLine[] {
  if (price.unit === 'image') return [{ amount: price.amount_usd, count: refused ? 0 : 1, per: 1 }]
  const input = price.extra?.text_in_usd_per_1m ?? price.amount_usd
  return [
    { amount: price.amount_usd, count: usage.output_tokens, per: 1_000_000 },
    { amount: input, count: usage.input_tokens, per: 1_000_000 },
  ]
}

function checkVersion(request: FastifyRequest): void {
  if (request.headers['anthropic-version'] === undefined)
    throw badRequest('anthropic-version: header is required')
  if (typeof request.headers['x-api-key'] !== 'string') throw anthropicErrors.unauthorized()
}
