import { limits } from '@halftone/contracts'
import type { Send } from '../http.ts'
import type { Call, Credentials, ImageProvider } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { createGeminiBatches } from './batches.ts'
import { googleError } from './errors.ts'
import { geminiRequest, geminiResult } from './gemini.ts'
import { googleMask, imagenRequest, imagenResult } from './imagen.ts'

const provider = 'Google'
const callTimeoutMs = 180_000

/**
 * Google's image models: Gemini's `generateContent`, and Imagen's `predict` for models whose `wire.api` says so.
 * A base URL that ends in `/publishers/google` is Vertex AI, where the key is an OAuth token; any other is the Gemini
 * API. One synchronous call; there is no way to ask for a lost answer, and cutting the call does not stop the bill.
 */
export function createGoogle(credentials: Credentials, send: Send): ImageProvider {
  const { key, baseUrl } = credentials
  const isVertex = baseUrl.endsWith('/publishers/google')
  const authorization: Record<string, string> = isVertex
    ? { authorization: `Bearer ${key}` }
    : { 'x-goog-api-key': key }

  async function ask(call: Call, method: string, body: Record<string, unknown>) {
    const model = encodeURIComponent(call.spec.wire.model ?? call.spec.model)
    const answer = await send({
      provider,
      method: 'POST',
      url: `${baseUrl}/models/${model}:${method}`,
      headers: { ...authorization, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
      body: JSON.stringify(body),
      paid: true,
      signal: call.signal,
      timeoutMs: callTimeoutMs,
      // Drafts may come along with a picture.
      bytesMax: Math.ceil(((call.request.n + 2) * limits.fileBytes * 4) / 3),
    })
    if (answer.status !== 200) throw googleError(answer)
    return answer
  }

  return {
    id: 'google',
    recoverability: 'blind',
    maskForm: googleMask,
    async start(call) {
      const result =
        call.spec.wire.api === 'predict'
          ? imagenResult(await ask(call, 'predict', await imagenRequest(call)), call.request.n)
          : geminiResult(await ask(call, 'generateContent', geminiRequest(call)))
      return { kind: 'done', result }
    },
    // Vertex has batches of another kind: over buckets
    ...(isVertex ? {} : { batch: createGeminiBatches({ baseUrl, headers: authorization, send }) }),
    probe: probeWith({
      send,
      provider,
      url: isVertex ? vertexModelUrl(baseUrl) : `${baseUrl}/models?pageSize=1`,
      headers: authorization,
      toError: googleError,
    }),
  }
}

/** Vertex lists no models; it describes one, outside of any project. */
function vertexModelUrl(baseUrl: string): string {
  return `${baseUrl.replace(/\/projects\/[^/]+\/locations\/[^/]+/, '')}/models/gemini-3-pro-image`
}
