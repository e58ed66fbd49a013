import { limits } from '@halftone/contracts'
import { answerError, unreadable } from '../answer-error.ts'
import { askedFormat } from '../asked-format.ts'
import { decodeBase64 } from '../decode-base64.ts'
import { failure, unsendable } from '../failure.ts'
import type { HttpAnswer, Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Result, Usage } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { reportedCost } from '../reported-cost.ts'
import { sentPrompt } from '../sent-prompt.ts'
import { openrouterError } from './errors.ts'
import { errorAnswerSchema, imagesAnswerSchema, type WireUsage } from './wire.ts'

const provider = 'OpenRouter'
const callTimeoutMs = 300_000

/**
 * OpenRouter's images API: one synchronous call; its answer says what it did cost. It is a gateway that would try one
 * upstream after the other: each call names the upstream of its price and allows no other.
 */
export function createOpenrouter(credentials: Credentials, send: Send): ImageProvider {
  const headers = { authorization: `Bearer ${credentials.key}` }

  return {
    id: 'openrouter',
    recoverability: 'blind',
    async start(call) {
      const answer = await send({
        provider,
        method: 'POST',
        url: `${credentials.baseUrl}/images`,
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
        body: JSON.stringify(requestOf(call)),
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: Math.ceil((call.request.n * limits.fileBytes * 4) / 3) + 1_000_000,
      })
      if (answer.status !== 200 || readJson(answer, errorAnswerSchema)) throw openrouterError(answer)
      return { kind: 'done', result: readResult(answer, call.request.n) }
    },
    probe: probeWith({
      send,
      provider,
      // The list of models is open to everybody; this one needs the key.
      url: `${credentials.baseUrl}/key`,
      headers,
      toError: openrouterError,
    }),
  }
}

function requestOf(call: Call): Record<string, unknown> {
  const { spec, request, quality } = call
  if (request.steps !== null || request.mode !== 'standard' || call.mask)
    throw unsendable(provider, 'no steps, no modes and no masks on this wire')
  const references = call.images.map((bytes, index) => ({
    type: 'image_url',
    image_url: {
      url: `data:image/${request.images[index]?.format ?? 'png'};base64,${Buffer.from(bytes).toString('base64')}`,
    },
  }))
  return {
    model: spec.wire.model ?? spec.model,
    prompt: sentPrompt(request),
    ...(request.n === 1 ? {} : { n: request.n }),
    ...sizeOf(call),
    ...(quality === null ? {} : { quality }),
    ...(request.seed === null ? {} : { seed: request.seed }),
    output_format: askedFormat(spec, request),
    ...(references.length > 0 ? { input_references: references } : {}),
    provider: { allow_fallbacks: false, ...(spec.wire.upstream ? { only: [spec.wire.upstream] } : {}) },
  }
}

/** A size that the catalogue names as "16:9 1K" is asked for by ratio and resolution, any other in pixels. */
function sizeOf({ spec, request }: Call): Record<string, string> {
  const size = `${request.width}x${request.height}`
  const sizes = spec.operations[request.operation]?.sizes
  const name = sizes?.kind === 'list' ? sizes.names?.[size] : undefined
  if (name === undefined) return { size }
  const [ratio = '', resolution = ''] = name.split(' ')
  return { aspect_ratio: ratio, resolution }
}

function readResult(answer: HttpAnswer, n: number): Result {
  const wire = readJson(answer, imagesAnswerSchema)
  if (!wire) throw unreadable(provider, answer)
  const usage = wire.usage ? usageOf(wire.usage) : {}
  if (wire.data.length === 0)
    throw failure(provider, 'bad_answer', {
      billed: usage.reported === undefined ? 'unknown' : 'yes',
      usage,
      status: answer.status,
      cause: new Error('a good answer without a picture'),
    })
  const images = wire.data.slice(0, n).map(({ b64_json }) => {
    const bytes = decodeBase64(b64_json)
    if (!bytes) throw answerError(provider, answer, { code: 'bad_answer', billed: 'unknown' })
    return bytes
  })
  return { images, usage }
}

/** With a key of our own at the upstream, what that one charges stands beside OpenRouter's own fee. */
function usageOf({ cost, is_byok, cost_details, prompt_tokens, completion_tokens }: WireUsage): Usage {
  const fee = reportedCost(cost)
  const upstream = is_byok ? reportedCost(cost_details?.upstream_inference_cost) : null
  const reported = is_byok ? (upstream === null ? null : upstream + (fee ?? 0n)) : fee
  const tokens = completion_tokens ? { text_in: prompt_tokens ?? 0, image_out: completion_tokens } : undefined
  return { ...(tokens ? { tokens } : {}), ...(reported === null ? {} : { reported }) }
}
