import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { decode, decodeChannel, readFacts } from '../art/pixels.ts'
import type { Charge } from '../books.ts'
import { accountOf, admitPaid, attemptOf } from '../caller.ts'
import { readInputFile } from '../input-file.ts'
import { batchRoutes } from '../openai/batch-routes.ts'
import { badRequest, modelNotFound, moderationBlocked, openaiErrors } from '../openai/errors.ts'
import { parseBody } from '../openai/request.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'

const pictureBytesMax = 50_000_000
/** What a batch takes of the price of an edit by a predefined mask template, and of no other. */
const templateFactor = '0.6'

const editSchema = z.strictObject({
  model: z.string(),
  prompt: z.string().min(1),
  image: z.string(),
  mask: z.string().optional(),
  mask_template: z.string().optional(),
})

/** A host of Janus as the reference text has it: edits by words or by a mask, and batches as OpenAI's. */
export function deepseekRoutes(simulation: Simulation) {
  const { artist, prices, books } = simulation

  async function draw(body: z.infer<typeof editSchema>): Promise<Buffer> {
    const file = await readInputFile(body.image, pictureBytesMax)
    const facts = file && (await readFacts(file))
    if (!file || !facts) throw badRequest('The image cannot be read.', 'image')
    const mask = body.mask === undefined ? null : await readInputFile(body.mask, pictureBytesMax)
    const strength = mask && (await decodeChannel(mask, 'grey', facts))
    const look = {
      format: 'png' as const,
      prompt: body.prompt,
      provider: 'deepseek' as const,
      model: body.model,
    }
    return artist.edit({ ...look, input: await decode(file), strength, seed: '0' })
  }
  const read = (given: unknown) => {
    const body = parseBody(editSchema, given)
    const price = prices.find('deepseek', body.model, 'edit')
    if (!price) throw modelNotFound(body.model)
    return { body, price }
  }
  const charged = (model: string, account: string, attempt_id: string | null, nano: bigint): Charge => ({
    provider: 'deepseek',
    account,
    model,
    operation: 'edit',
    request_id: `janus-${randomBytes(12).toString('hex')}`,
    attempt_id,
    n: 1,
    nano,
  })
  const answer = (picture: Buffer) => ({
    created: Math.floor(simulation.clock() / 1_000),
    data: [{ b64_json: picture.toString('base64') }],
  })

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/models', async (request) => {
      accountOf(request, openaiErrors)
      meetFault(simulation.faults, 'deepseek', null, openaiErrors)
      return { object: 'list', data: [{ id: 'janus', object: 'model', owned_by: 'self' }] }
    })
    app.post('/images/edits', async (request, reply) => {
      const account = admitPaid(request, simulation, 'deepseek', openaiErrors)
      const { body, price } = read(request.body)
      const fault = meetFault(simulation.faults, 'deepseek', body.model, openaiErrors, moderationBlocked)
      if (judge(body.prompt) !== 'fine') throw moderationBlocked()
      const nano = chargeNano([{ amount: price.amount_usd, count: 1, per: 1 }])
      const charge = charged(body.model, account, attemptOf(request), nano)
      const latencyMs = latencyUnder(fault, simulation.latency('deepseek', body.model))
      const picture = await doPaidWork(simulation, { charge, latencyMs }, () => draw(body))
      const headers = { 'content-type': 'application/json' }
      return sendAnswer(reply, fault, { status: 200, headers, body: JSON.stringify(answer(picture)) })
    })
    await batchRoutes(simulation, {
      provider: 'deepseek',
      endpoints: ['/v1/images/edits'],
      line(_endpoint, given, { account, attemptId }) {
        const { body, price } = read(given)
        const factor = body.mask_template === undefined ? '1' : templateFactor
        const nano = chargeNano([{ amount: price.amount_usd, count: 1, per: 1 }], factor)
        return async () => {
          if (judge(body.prompt) !== 'fine') throw moderationBlocked()
          const picture = await draw(body)
          const charge = charged(body.model, account, attemptId, nano)
          books.charge(charge)
          return { requestId: charge.request_id, body: answer(picture) }
        }
      },
    })(app)
  }
}
