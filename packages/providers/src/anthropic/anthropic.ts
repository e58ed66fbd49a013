import { unreadable } from '../answer-error.ts'
import { failure, unsendable } from '../failure.ts'
import type { Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Usage } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { drawSvg, svgIn } from './draw-svg.ts'
import { anthropicError } from './errors.ts'
import { type Message, messageSchema } from './wire.ts'

const provider = 'Anthropic'
const callTimeoutMs = 300_000
/** Longest drawing where the catalogue does not say (`wire.max_tokens`); it bounds the bill. */
const outputTokensMax = 8_000

/**
 * Claude has no pixels to sell, but draws well in SVG: the Messages API writes one document, which is checked and
 * rendered here. A refusal and a bad drawing are billed like a good one: by tokens.
 */
export function createAnthropic(credentials: Credentials, send: Send): ImageProvider {
  const root = credentials.baseUrl.replace(/\/v1$/, '')
  const headers = { 'x-api-key': credentials.key, 'anthropic-version': '2023-06-01' }

  return {
    id: 'anthropic',
    recoverability: 'blind',
    async start(call) {
      const answer = await send({
        provider,
        method: 'POST',
        url: `${root}/v1/messages`,
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
        body: JSON.stringify(requestOf(call)),
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: 10_000_000,
      })
      if (answer.status !== 200) throw anthropicError(answer)
      const message = readJson(answer, messageSchema)
      if (!message) throw unreadable(provider, answer)
      return { kind: 'done', result: { images: [await draw(message, call)], usage: usageOf(message) } }
    },
    probe: probeWith({ send, provider, url: `${root}/v1/models`, headers, toError: anthropicError }),
  }
}

function requestOf({ spec, request, quality, images }: Call): Record<string, unknown> {
  const { operation, n, seed, steps, mode, width, height } = request
  if (operation !== 'generate' || images.length > 0 || n > 1)
    throw unsendable(provider, 'only one drawing from words on this wire')
  if (seed !== null || steps !== null || mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no seed, steps, mode or quality on this wire')
  return {
    model: spec.wire.model ?? spec.model,
    max_tokens: Number(spec.wire.max_tokens ?? outputTokensMax),
    system: `You draw. Answer with one SVG document and nothing else: no words, no code fence. Root: <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">. Fill the whole canvas. Shapes, paths, gradients and text only: no scripts, no animation, no style imports, no links, no pictures from elsewhere. Fonts: sans-serif, serif, monospace. Keep it under 200 elements.`,
    messages: [{ role: 'user', content: request.prompt }],
  }
}

async function draw(message: Message, { request }: Call): Promise<Uint8Array> {
  const billed = (code: 'content_policy' | 'bad_answer', cause: unknown) =>
    failure(provider, code, { billed: 'yes', usage: usageOf(message), status: 200, cause })
  if (message.stop_reason === 'refusal') throw billed('content_policy', new Error('stop_reason: refusal'))
  if (message.stop_reason === 'max_tokens') throw billed('bad_answer', new Error('cut at max_tokens'))
  const svg = svgIn(message.content.map((block) => ('text' in block ? block.text : '')).join(''))
  if (svg === null) throw billed('bad_answer', new Error('no drawing in the answer'))
  return drawSvg(svg, request.width, request.height).catch((cause: unknown) => {
    throw billed('bad_answer', cause)
  })
}

/** We ask for no caching; what a proxy may have cached is counted as plain input, which is the dearer. */
function usageOf({ usage }: Message): Usage {
  const cached = (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0)
  return { tokens: { text_in: usage.input_tokens + cached, text_out: usage.output_tokens } }
}
