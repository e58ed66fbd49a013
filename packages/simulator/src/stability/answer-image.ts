import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Format } from '../art/pixels.ts'
import { admitPaid, attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import { hash32 } from '../seeded.ts'
import type { Simulation } from '../simulation.ts'
import { contentModeration, stabilityErrors } from './errors.ts'
import { acceptOf, moderate, seedMax } from './request.ts'

/** One picture to make; this provider never makes more in a call. */
export interface ImageTask {
  model: string
  operation: string
  prompt: string
  format: Format
  /** 0 = the provider chooses. */
  seed: number
  /** What is paid for on a price by masked pixels. */
  maskedPixels?: number
  /** Draws with the seed that was resolved; `blurred` is what the content filter does. */
  draw(how: { seed: string; blurred: boolean }): Promise<Buffer>
}

export interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
}

/** Lets a call in, reads its task, and runs it to its end: price at arrival, fault, moderation, work, books, answer. */
export async function answerImage(
  simulation: Simulation,
  { request, reply }: Exchange,
  readTask: () => Promise<ImageTask>,
): Promise<FastifyReply> {
  const account = admitPaid(request, simulation, 'stability', stabilityErrors)
  const kind = acceptOf(request)
  const task = await readTask()
  const price = simulation.prices.find('stability', task.model, task.operation)
  if (!price) throw stabilityErrors.notFound()
  const requestId = randomBytes(16).toString('hex')
  reply.header('x-request-id', requestId)

  const fault = meetFault(simulation.faults, 'stability', task.model, stabilityErrors, contentModeration)
  const blurred = moderate(task.prompt)
  const count = price.unit === '1k_masked_pixels' ? (task.maskedPixels ?? 0) : 1
  const charge = {
    provider: 'stability' as const,
    account,
    model: task.model,
    operation: task.operation,
    request_id: requestId,
    attempt_id: attemptOf(request),
    n: 1,
    nano: chargeNano([
      { amount: price.amount_usd, count, per: price.unit === '1k_masked_pixels' ? 1_000 : 1 },
    ]),
  }
  const latencyMs = latencyUnder(fault, simulation.latency('stability', task.model))
  const seed = task.seed || (hash32(`${simulation.seed}/${task.prompt}`) % seedMax) + 1
  const picture = await doPaidWork(simulation, { charge, latencyMs }, () =>
    task.draw({ seed: `${seed}`, blurred }),
  )

  const finishReason = blurred ? 'CONTENT_FILTERED' : 'SUCCESS'
  if (kind === 'json')
    return sendAnswer(reply, fault, {
      status: 200,
      headers: { 'content-type': `application/json; type=image/${task.format}`, 'x-request-id': requestId },
      body: JSON.stringify({ image: picture.toString('base64'), seed, finish_reason: finishReason }),
    })
  return sendAnswer(reply, fault, {
    status: 200,
    headers: {
      'content-type': `image/${task.format}`,
      'finish-reason': finishReason,
      seed: `${seed}`,
      'x-request-id': requestId,
    },
    body: picture,
  })
}
