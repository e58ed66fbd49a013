import { randomBytes } from 'node:crypto'
import { decode } from '../art/pixels.ts'
import { attemptOf } from '../caller.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import type { Simulation } from '../simulation.ts'
import { geminiErrors, invalidArgument, modelNotFound } from './errors.ts'
import { type GeminiModel, geminiModel, type ImageSize, pixelsOf, shapeOf } from './models.ts'
import { refusalOf } from './refusal.ts'
import { type GenerateRequest, readGenerate } from './request.ts'
import type { PaidCaller } from './routes.ts'
import { costOf, type Used, usageMetadata, usedByPicture } from './usage.ts'

const json = { 'content-type': 'application/json; charset=UTF-8' }
const draftEdge = 64
const batchFactor = '0.5'

/** One picture, or a 200 that says in one of many ways why there is none. */
export async function generateContent(simulation: Simulation, id: string, caller: PaidCaller) {
  const { prices, books } = simulation
  const model = geminiModel(id)
  if (!model || !prices.has('google', id)) throw modelNotFound(id)
  const request = await readGenerate(caller.request.body)
  const size = request.config.imageSize ?? '1K'
  if (!model.imageSizes.includes(size)) throw invalidArgument(`${id} does not support image size ${size}.`)
  const operation = request.images.length > 0 ? 'edit' : 'generate'
  const price = prices.find('google', id, operation)
  if (!price) throw modelNotFound(id)

  const responseId = randomBytes(12).toString('base64url')
  const bill = (used: Used, n: number) => ({
    provider: 'google' as const,
    account: caller.account,
    model: id,
    operation,
    request_id: responseId,
    attempt_id: attemptOf(caller.request),
    n,
    nano: costOf(price, used),
  })
  const about = { modelVersion: id, responseId }
  const fault = meetFault(simulation.faults, 'google', id, geminiErrors)
  const refusal = refusalOf(model, request, fault)
  if (refusal) {
    await simulation.sleep(latencyUnder(fault, simulation.latency('google', id)) / 4)
    if (refusal.used) books.charge(bill(refusal.used, 0))
    const body = JSON.stringify({ ...refusal.body, ...about })
    return sendAnswer(caller.reply, fault, { status: 200, headers: json, body })
  }

  const used = usedByPicture(model, request, size)
  const latencyMs = latencyUnder(fault, simulation.latency('google', id))
  const parts = await doPaidWork(simulation, { charge: bill(used, 1), latencyMs }, () =>
    draw(simulation, id, size, model, request),
  )
  const candidate = { content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }
  const body = JSON.stringify({ candidates: [candidate], usageMetadata: usageMetadata(used), ...about })
  return sendAnswer(caller.reply, fault, { status: 200, headers: json, body })
}

/** A line of a batch: half the price, of the moment at which the batch came. A refusal is an answer like any other. */
export async function contentLine(
  simulation: Simulation,
  id: string,
  given: unknown,
  { account, attemptId }: { account: string; attemptId: string | null },
): Promise<() => Promise<unknown>> {
  const model = geminiModel(id)
  const request = await readGenerate(given)
  const size = request.config.imageSize ?? '1K'
  const operation = request.images.length > 0 ? 'edit' : 'generate'
  const price = simulation.prices.find('google', id, operation)
  if (!model || !price) throw modelNotFound(id)
  if (!model.imageSizes.includes(size)) throw invalidArgument(`${id} does not support image size ${size}.`)
  return async () => {
    const refusal = refusalOf(model, request, null)
    const used = refusal ? refusal.used : usedByPicture(model, request, size)
    const parts = refusal ? [] : await draw(simulation, id, size, model, request)
    const responseId = randomBytes(12).toString('base64url')
    if (used)
      simulation.books.charge({
        provider: 'google',
        account,
        model: id,
        operation,
        request_id: responseId,
        attempt_id: attemptId,
        n: refusal ? 0 : 1,
        nano: costOf(price, used, batchFactor),
      })
    const about = { modelVersion: id, responseId }
    if (refusal || !used) return { ...refusal?.body, ...about }
    const candidate = { content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }
    return { candidates: [candidate], usageMetadata: usageMetadata(used), ...about }
  }
}

async function draw(
  { artist }: Simulation,
  id: string,
  size: ImageSize,
  { thinks }: GeminiModel,
  { prompt, images, config, seed }: GenerateRequest,
) {
  const [first] = images
  const shape = config.aspectRatio ?? (first ? shapeOf(first.facts) : '1:1')
  const pixels = pixelsOf(shape, size)
  const recipe = {
    provider: 'google' as const,
    model: id,
    prompt,
    format: 'jpeg' as const,
    seed: `${seed ?? ''}`,
  }
  const picture = first
    ? await artist.edit({ ...recipe, input: await decode(first.file, pixels), strength: null })
    : await artist.make({ ...recipe, ...pixels })
  const draft = thinks
    ? [{ ...inline(await artist.make({ ...recipe, width: draftEdge, height: draftEdge })), thought: true }]
    : []
  return [...draft, inline(picture)]
}

/** Always a JPEG: there is no way to ask for another format. */
function inline(picture: Buffer) {
  return { inlineData: { mimeType: 'image/jpeg', data: picture.toString('base64') } }
}
