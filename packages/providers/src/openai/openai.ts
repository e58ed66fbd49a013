import { limits } from '@halftone/contracts'
import { unreadable } from '../answer-error.ts'
import { askedFormat } from '../asked-format.ts'
import { decodeBase64 } from '../decode-base64.ts'
import { unsendable } from '../failure.ts'
import type { HttpAnswer, Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Result, Usage } from '../image-provider.ts'
import type { MaskForm } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { multipart, pictureBlob } from '../multipart.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { sentPrompt } from '../sent-prompt.ts'
import { openaiError } from './errors.ts'
import { partialsOf, readStream } from './stream.ts'
import { readUsage as readUsageReport } from './usage.ts'
import { imagesAnswerSchema, type WireUsage } from './wire.ts'

const provider = 'OpenAI'
/** A large picture at high quality takes minutes. */
const callTimeoutMs = 300_000
/** Of several pictures it is the mask of the first. */
const maskForm: MaskForm = { edits: 'transparent', levels: 'hard', bytesMax: 3_999_999 }

/**
 * OpenAI Images: one synchronous call, the pictures as base64 in its answer.
 * There is no way to ask for a lost answer, and cutting the call does not stop the bill: with an admin key, the usage
 * report shows later whether it was counted.
 */
export function createOpenAi(credentials: Credentials, send: Send): ImageProvider {
  const authorization = { authorization: `Bearer ${credentials.key}` }
  const { baseUrl, adminKey, keyId = null } = credentials

  return {
    id: 'openai',
    recoverability: 'blind',
    maskForm: () => maskForm,
    async start(call) {
      const body = call.request.operation === 'generate' ? generation(call) : await edit(call)
      const partials = partialsOf(call)
      const stream = partials === null ? null : readStream(call)
      const answer = await send({
        provider,
        method: 'POST',
        url: `${credentials.baseUrl}${body.path}`,
        headers: { ...authorization, 'content-type': body.contentType, 'idempotency-key': call.attemptId },
        body: body.body,
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: answerBytesMax(call.request.n + (partials ?? 0)),
        onData: stream?.onData,
      })
      if (answer.status !== 200) throw openaiError(answer)
      const streamed = stream?.end(answer)
      if (!streamed) return { kind: 'done', result: readResult(answer, call) }
      const usage = usageOf(streamed.usage, call)
      return { kind: 'done', result: { images: streamed.images, usage } }
    },
    ...(adminKey
      ? {
          usage: (since, until, signal) =>
            readUsageReport(since, until, signal, { send, baseUrl, adminKey, keyId }),
        }
      : {}),
    probe: probeWith({
      send,
      provider,
      url: `${credentials.baseUrl}/models`,
      headers: authorization,
      toError: openaiError,
    }),
  }
}

/** Base64 is 4 bytes for 3. */
function answerBytesMax(n: number): number {
  return Math.ceil((n * limits.fileBytes * 4) / 3) + 1_000_000
}

interface Body {
  path: string
  contentType: string
  body: Uint8Array | string
}

function generation(call: Call): Body {
  const body = JSON.stringify(fields(call))
  return { path: '/images/generations', contentType: 'application/json', body }
}

async function edit(call: Call): Promise<Body> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields(call))) form.append(name, String(value))
  const name = call.images.length > 1 ? 'image[]' : 'image'
  call.images.forEach((bytes, index) => {
    form.append(name, pictureBlob(bytes, call.request.images[index]?.format ?? 'png'))
  })
  if (call.mask) form.append('mask', pictureBlob(await wireMask(provider, call.mask, maskForm), 'png'))
  return { path: '/images/edits', ...(await multipart(form)) }
}

function fields(call: Call): Record<string, string | number | boolean> {
  const { spec, request, quality } = call
  const partials = partialsOf(call)
  if (request.seed !== null || request.steps !== null)
    throw unsendable(provider, 'no seed and no steps on this wire')
  return {
    model: spec.wire.model ?? spec.model,
    prompt: sentPrompt(request),
    n: request.n,
    size: `${request.width}x${request.height}`,
    ...(quality === null ? {} : { quality }),
    output_format: askedFormat(spec, request),
    ...settings(request),
    ...modeField({ spec, request }),
    ...(partials === null ? {} : { stream: true, partial_images: partials }),
  }
}

function settings(request: Call['request']): Record<string, string | number> {
  const { background, outputCompression, moderation, inputFidelity } = request
  return {
    ...(background ? { background } : {}),
    ...(typeof outputCompression === 'number' ? { output_compression: outputCompression } : {}),
    ...(moderation ? { moderation } : {}),
    ...(inputFidelity ? { input_fidelity: inputFidelity } : {}),
  }
}

function modeField({ spec, request }: Pick<Call, 'spec' | 'request'>): { mode?: string } {
  if (request.mode === 'standard') return {}
  if (request.mode === 'turbo' && spec.modes.includes('turbo')) return { mode: 'turbo' }
  throw unsendable(provider, `no mode ${request.mode} on this wire`)
}

function readResult(answer: HttpAnswer, call: Call): Result {
  const wire = readJson(answer, imagesAnswerSchema)
  if (!wire) throw unreadable(provider, answer)
  const images = wire.data.slice(0, call.request.n).map(({ b64_json }) => {
    const bytes = decodeBase64(b64_json)
    if (!bytes) throw unreadable(provider, answer, new Error('the picture is not base64'))
    return bytes
  })
  return { images, usage: usageOf(wire.usage, call) }
}

function usageOf(usage: WireUsage | null | undefined, { images }: Call): Usage {
  return usage ? readUsage(usage, images.length > 0) : {}
}

function readUsage(usage: WireUsage, hasImages: boolean): Usage {
  const into = usage.input_tokens_details
  const out = usage.output_tokens_details
  return {
    tokens: {
      // Without a split: at the dearer of the rates that may apply.
      text_in: into ? into.text_tokens : hasImages ? 0 : usage.input_tokens,
      image_in: into ? into.image_tokens : hasImages ? usage.input_tokens : 0,
      // Without a split: all that the Images API puts out is picture.
      image_out: out ? out.image_tokens : usage.output_tokens,
      ...(out ? { text_out: out.text_tokens } : {}),
    },
  }
}
