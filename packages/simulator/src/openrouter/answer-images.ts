import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { decode, readFacts } from '../art/pixels.ts'
import { attemptOf, keyOf } from '../caller.ts'
import type { FaultKind } from '../faults.ts'
import { readInputFile } from '../input-file.ts'
import { doPaidWork, latencyUnder, meetFault, sendAnswer } from '../paid-call.ts'
import { chargeNano } from '../prices/charge.ts'
import type { PriceRow } from '../prices/table.ts'
import type { Simulation } from '../simulation.ts'
import { judge } from '../trigger-words.ts'
import { WireError } from '../wire-error.ts'
import { badRequest, moderated, noUpstream, openrouterErrors } from './errors.ts'
import { pixelsOf, type RoutedModel } from './models.ts'
import type { ImagesRequest } from './request.ts'

const referenceBytesMax = 20_000_000
const tokensOfPicture = 1_120
const charsPerToken = 4
/** What the next upstream asks when the first is out and nobody forbade to go on. */
const fallbackFactor = '1.5'

export interface Generation {
  id: string
  model: string
  total_cost: number
  at: number
}

/** Runs one request to its end: upstream, price at arrival, fault, moderation, work, books, answer. */
export async function answerImages(
  simulation: Simulation,
  task: { model: RoutedModel; body: ImagesRequest; price: PriceRow; remember(generation: Generation): void },
  caller: { request: FastifyRequest; reply: FastifyReply; account: string },
): Promise<FastifyReply> {
  const { model, body, price } = task
  const { only, ignore } = body.provider
  if ((only && !only.includes(model.upstream)) || ignore?.includes(model.upstream)) throw noUpstream()
  if (body.n > 1 && model.nMax === 1) throw badRequest('This model generates a single image per request.')
  const size = pixelsOf(model, body)
  const { fault, fellBack } = meetUpstream(simulation, model, body)
  if (judge(body.prompt) !== 'fine') throw moderated(model.id, body.prompt)

  const n = Math.min(body.n, model.nMax)
  const prompt_tokens =
    Math.ceil(body.prompt.length / charsPerToken) + tokensOfPicture * body.input_references.length
  const completion_tokens = tokensOfPicture * n
  const nano = chargeNano(
    linesOf(price, { n, ...size, prompt_tokens, completion_tokens }),
    fellBack ? fallbackFactor : '1',
  )
  const id = `gen-${randomBytes(12).toString('hex')}`
  const operation = body.input_references.length > 0 ? 'edit' : 'generate'
  const charge = {
    ...{ provider: 'openrouter' as const, account: caller.account, model: model.name, operation },
    ...{ request_id: id, attempt_id: attemptOf(caller.request), n, nano },
  }
  const latencyMs = latencyUnder(fault, simulation.latency('openrouter', model.name))
  const pictures = await doPaidWork(simulation, { charge, latencyMs }, () =>
    Promise.all(Array.from({ length: n }, (_, i) => draw(simulation, model, body, size, i))),
  )
  const cost = Number(nano) / 1_000_000_000
  task.remember({ id, model: model.id, total_cost: cost, at: simulation.clock() })
  const answer = {
    created: Math.floor(simulation.clock() / 1_000),
    data: pictures.map((picture) => ({
      b64_json: picture.toString('base64'),
      media_type: `image/${body.output_format}`,
    })),
    usage: {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
      ...costFields(keyOf(caller.request), cost),
    },
  }
  const headers = { 'content-type': 'application/json', 'x-generation-id': id }
  return sendAnswer(caller.reply, fault, { status: 200, headers, body: JSON.stringify(answer) })
}

/** Unless told not to, the gateway hides an outage: it goes on to another upstream, at that one's price. */
function meetUpstream(
  simulation: Simulation,
  model: RoutedModel,
  { provider }: ImagesRequest,
): { fault: FaultKind | null; fellBack: boolean } {
  const refusal = () => moderated(model.id, '')
  try {
    const fault = meetFault(simulation.faults, 'openrouter', model.name, openrouterErrors, refusal)
    return { fault, fellBack: false }
  } catch (error) {
    const upstreamFailed = error instanceof WireError && error.status >= 500
    if (upstreamFailed && provider.allow_fallbacks !== false && !provider.only)
      return { fault: null, fellBack: true }
    throw error
  }
}

/** Some keys show what answers look like elsewhere: `byok` pays the upstream itself, `no-cost` is not told the cost. */
function costFields(key: string | null, cost: number) {
  if (key === 'no-cost') return { cost: null }
  if (key === 'byok')
    return {
      cost: 0,
      is_byok: true,
      cost_details: {
        upstream_inference_cost: cost,
        upstream_inference_completions_cost: cost,
        upstream_inference_prompt_cost: 0,
      },
    }
  return { cost, is_byok: false }
}

function linesOf(
  price: PriceRow,
  by: { n: number; width: number; height: number; prompt_tokens: number; completion_tokens: number },
) {
  switch (price.unit) {
    case 'megapixel':
      return [{ amount: price.amount_usd, count: by.n * by.width * by.height, per: 1_000_000 as const }]
    case '1m_image_out_tokens':
      return [
        { amount: price.amount_usd, count: by.completion_tokens, per: 1_000_000 as const },
        { amount: price.extra?.text_in_usd_per_1m ?? '0', count: by.prompt_tokens, per: 1_000_000 as const },
      ]
    default:
      return [{ amount: price.amount_usd, count: by.n, per: 1 as const }]
  }
}

async function draw(
  { artist }: Simulation,
  model: RoutedModel,
  { prompt, seed, output_format, input_references }: ImagesRequest,
  size: { width: number; height: number },
  i: number,
): Promise<Buffer> {
  const look = {
    provider: 'openrouter' as const,
    model: model.name,
    prompt,
    format: output_format,
    seed: `${seed ?? ''}/${i}`,
  }
  const [reference] = input_references
  if (!reference) return artist.make({ ...look, ...size })
  const file = await readInputFile(reference.image_url.url, referenceBytesMax)
  if (!file || !(await readFacts(file))) throw badRequest('An input reference could not be read.')
  return artist.edit({ ...look, input: await decode(file, size), strength: null })
}
