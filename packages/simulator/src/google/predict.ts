import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { geminiErrors, invalidArgument, modelNotFound } from './errors.ts'
import { parseBody } from './request.ts'
import type { PaidCaller } from './routes.ts'

const predictSchema = z.strictObject({
  instances: z.array(z.strictObject({ prompt: z.string().min(1) })).length(1),
  parameters: z.strictObject({
    sampleCount: z.int().min(1).max(4).default(4),
    aspectRatio: z.literal('1:1').default('1:1'),
    /** 512 and 4K are the reference text's own. */
    sampleImageSize: z.enum(['512', '1K', '2K', '4K']).default('1K'),
    seed: z.int().optional(),
    addWatermark: z.boolean().default(true),
    outputOptions: z.strictObject({ mimeType: z.enum(['image/png', 'image/jpeg']) }).optional(),
  }),
})
const edges = { '512': 512, '1K': 1024, '2K': 2048, '4K': 4096 }

/**
 * Imagen, in the shape that it had. It is shut down: only the reference catalogue still sells one, to generate squares.
 * Filtered pictures carry a reason instead of bytes, and are not charged.
 */
export async function predict(simulation: Simulation, id: string, caller: PaidCaller) {
  const { prices, artist } = simulation
  if (!prices.has('google', id) || !id.startsWith('imagen')) throw modelNotFound(id)
  const { instances, parameters } = parseBody(predictSchema, caller.request.body)
  const { sampleCount: n, sampleImageSize, seed, addWatermark } = parameters
  if (seed !== undefined && addWatermark) throw invalidArgument('Seed is not supported with watermark.')
  const prompt = instances[0]?.prompt ?? ''
  const edge = edges[sampleImageSize]
  const price = prices.find('google', id, 'generate', `${edge}x${edge}`)
  if (!price) throw invalidArgument(`${id} does not support image size ${sampleImageSize}.`)
  const fault = meetFault(simulation.faults, 'google', id, geminiErrors)
  const mimeType = parameters.outputOptions?.mimeType ?? 'image/png'
  const format = mimeType === 'image/png' ? 'png' : 'jpeg'
  const isFiltered = fault === 'refuse' || judge(prompt) !== 'fine'
  const charge = {
    provider: 'google' as const,
    account: caller.account,
    model: id,
    operation: 'generate',
    request_id: randomBytes(12).toString('base64url'),
    attempt_id: attemptOf(caller.request),
    n,
    nano: chargeNano([{ amount: price.amount_usd, count: n, per: 1 }]),
  }
  const latencyMs = latencyUnder(fault, simulation.latency('google', id))
  const recipe = {
    provider: 'google' as const,
    model: id,
    prompt,
    width: edge,
    height: edge,
    format,
  } as const
  const predictions = isFiltered
    ? Array.from({ length: n }, () => ({ raiFilteredReason: 'Filtered. Support codes: 58061214' }))
    : await doPaidWork(simulation, { charge, latencyMs }, () =>
        Promise.all(
          Array.from({ length: n }, async (_, i) => {
            const picture = await artist.make({ ...recipe, seed: `${seed ?? ''}/${i}` })
            return { bytesBase64Encoded: picture.toString('base64'), mimeType }
          }),
        ),
      )
  const headers = { 'content-type': 'application/json; charset=UTF-8' }
  return sendAnswer(caller.reply, fault, { status: 200, headers, body: JSON.stringify({ predictions }) })
}
