import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Format } from '../art/pixels.ts'
import { attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import { turboFactor } from '../prices/reference.ts'
import type { PriceRow } from '../prices/table.ts'
import { hash32 } from '../seeded.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { badRequest, moderationBlocked, openaiErrors } from './errors.ts'
import type { OpenaiModel } from './models.ts'
import { partialTokens, streamError, streamImages } from './stream-images.ts'
import { type Quality, type Usage, usageOf } from './tokens.ts'

/** One request, checked and resolved: nothing in it is `auto` any more. */
export interface ImageTask {
  model: OpenaiModel
  operation: 'generate' | 'edit'
  prompt: string
  n: number
  width: number
  height: number
  quality: Quality
  format: Format
  transparent: boolean
  turbo: boolean
  /** How many partial pictures to stream; null = the answer comes in one piece. */
  partials: number | null
  usage: Usage
  /** Makes the i-th picture. */
  draw(i: number): Promise<Buffer>
}

/** Runs a task to its end: price at arrival, fault, moderation, work, books, answer. */
export async function answerImages(
  simulation: Simulation,
  asked: ImageTask,
  caller: { request: FastifyRequest; reply: FastifyReply; account: string },
): Promise<FastifyReply> {
  const task = withPartials(simulation, asked)
  const { model, operation, prompt, n, usage } = task
  const size = `${task.width}x${task.height}`
  const price = simulation.prices.find('openai', model.id, operation, size)
  if (!price) throw badRequest(`The model ${model.id} does not support this operation.`, 'model')
  const requestId = `req_${randomBytes(16).toString('hex')}`
  caller.reply.header('x-request-id', requestId).header('openai-version', '2020-10-01')

  const fault = meetFault(simulation.faults, 'openai', model.id, openaiErrors, moderationBlocked)
  const verdict = judge(prompt)
  if (verdict === 'refused') throw moderationBlocked()
  const latencyMs = latencyUnder(
    fault,
    simulation.latency('openai', model.id, task.turbo ? 'turbo' : task.quality),
  )
  if (verdict === 'filtered' && task.partials !== null)
    return streamError(simulation, caller.reply, moderationBlocked(), latencyMs)
  if (verdict === 'filtered') {
    // The picture is made, looked at and thrown away: the time is gone, nothing is charged.
    await simulation.sleep(latencyMs)
    throw moderationBlocked()
  }

  const charge = {
    provider: 'openai' as const,
    account: caller.account,
    model: model.id,
    operation,
    request_id: requestId,
    attempt_id: attemptOf(caller.request),
    n,
    size,
    nano: priceOf(price, task),
  }
  const draw = () => Promise.all(Array.from({ length: n }, (_, i) => task.draw(i)))
  const created = Math.floor(simulation.clock() / 1_000)
  const background = task.transparent ? 'transparent' : 'opaque'
  const facts = { background, output_format: task.format, quality: task.quality, size }
  if (task.partials !== null) {
    const event = operation === 'edit' ? 'image_edit' : 'image_generation'
    const { partials, format } = task
    const stream = {
      event,
      partials,
      format,
      facts: { ...facts, created_at: created },
      usage,
      latencyMs,
      requestId,
    }
    const work = { pictures: draw, charge: () => simulation.books.charge(charge) }
    return streamImages(simulation, caller.reply, fault, stream, work)
  }
  const pictures = await doPaidWork(simulation, { charge, latencyMs }, draw)
  const data = pictures.map((picture) => ({ b64_json: picture.toString('base64') }))
  const body = { created, ...facts, data, usage }
  const headers = { 'content-type': 'application/json', 'x-request-id': requestId }
  return sendAnswer(caller.reply, fault, { status: 200, headers, body: JSON.stringify(body) })
}

/** What a line of a batch costs of the live price. */
const batchFactor = '0.5'

/** A line of a batch, at the price of the moment at which the batch came. Nothing is charged where it throws. */
export function answerLine(
  simulation: Simulation,
  task: ImageTask,
  { account, attemptId }: { account: string; attemptId: string | null },
): () => Promise<{ requestId: string; body: unknown }> {
  const { model, operation, n, usage } = task
  const size = `${task.width}x${task.height}`
  const price = simulation.prices.find('openai', model.id, operation, size)
  if (!price) throw badRequest(`The model ${model.id} does not support this operation.`, 'model')
  return async () => {
    if (judge(task.prompt) !== 'fine') throw moderationBlocked()
    const pictures = await Promise.all(Array.from({ length: n }, (_, i) => task.draw(i)))
    const requestId = `req_${randomBytes(16).toString('hex')}`
    simulation.books.charge({
      provider: 'openai',
      account,
      model: model.id,
      operation,
      request_id: requestId,
      attempt_id: attemptId,
      n,
      size,
      nano: priceOf(price, task, batchFactor),
    })
    const facts = { background: task.transparent ? 'transparent' : 'opaque', output_format: task.format }
    const data = pictures.map((picture) => ({ b64_json: picture.toString('base64') }))
    const created = Math.floor(simulation.clock() / 1_000)
    return { requestId, body: { created, ...facts, quality: task.quality, size, data, usage } }
  }
}

/** Fewer partial pictures may come than were asked for; each that comes is in the usage. */
function withPartials(simulation: Simulation, task: ImageTask): ImageTask {
  if (task.partials === null) return task
  const fewer = hash32(`${simulation.seed}/${task.prompt}`) % 4 === 0 ? 1 : 0
  const partials = Math.max(0, task.partials - fewer)
  const { input_tokens_details: into, output_tokens } = task.usage
  const out = output_tokens + partials * partialTokens
  return { ...task, partials, usage: usageOf({ text: into.text_tokens, imagesIn: into.image_tokens, out }) }
}

/** Per picture, or exactly the usage that the answer reports times the three rates. */
function priceOf(price: PriceRow, { n, turbo, usage }: ImageTask, factor = '1'): bigint {
  if (!price.extra)
    return chargeNano([{ amount: price.amount_usd, count: n, per: 1 }], turbo ? turboFactor : factor)
  const lines = [
    { amount: price.amount_usd, count: usage.output_tokens, per: 1_000_000 },
    { amount: price.extra.text_in_usd_per_1m, count: usage.input_tokens_details.text_tokens, per: 1_000_000 },
    {
      amount: price.extra.image_in_usd_per_1m ?? price.amount_usd,
      count: usage.input_tokens_details.image_tokens,
      per: 1_000_000,
    },
  ] as const
  return chargeNano(lines, factor)
}
