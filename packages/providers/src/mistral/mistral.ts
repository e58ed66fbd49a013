import { limits } from '@halftone/contracts'
import { unreadable } from '../answer-error.ts'
import { failure, unsendable } from '../failure.ts'
import type { Send } from '../http.ts'
import type { Call, Credentials, ImageProvider } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { type ConversationRef, hasWords, readRef, refOf, writeRef } from './conversation-ref.ts'
import { mistralError } from './errors.ts'
import { conversationSchema } from './wire.ts'

const provider = 'Mistral'
const callTimeoutMs = 180_000
const instructions =
  'You are a picture machine. Call the image_generation tool exactly once, with the prompt as the user wrote it, and add no words. If it cannot be drawn, say why in one sentence.'

/**
 * Mistral draws through a conversation: a language model calls the image tool, the picture is a file. The conversation
 * is the paid call; the files are fetched by `poll`, so that a crash in between loses nothing.
 * `wire.agent_id` names an agent that the operator has made; without one, model and tool are named in each call, so that
 * nothing has to be created or kept.
 */
export function createMistral(credentials: Credentials, send: Send): ImageProvider {
  const headers = { authorization: `Bearer ${credentials.key}` }
  const root = credentials.baseUrl.replace(/\/v1$/, '')

  return {
    id: 'mistral',
    recoverability: 'blind',
    async start(call) {
      const answer = await send({
        provider,
        method: 'POST',
        url: `${root}/v1/conversations`,
        headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
        body: JSON.stringify(requestOf(call)),
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: 5_000_000,
      })
      if (answer.status !== 200) throw mistralError(answer)
      const conversation = readJson(answer, conversationSchema)
      if (!conversation) throw unreadable(provider, answer)
      const ref = refOf(conversation)
      if (ref.files.length === 0) {
        // It is a language model that refuses, in its own words; its tokens are billed.
        const code = hasWords(conversation) ? 'content_policy' : 'bad_answer'
        const cause = new Error(`no picture in conversation ${ref.conversation}`)
        throw failure(provider, code, { billed: 'yes', usage: ref.usage, status: 200, cause })
      }
      return { kind: 'accepted', providerRef: writeRef(ref), pollAfterMs: 0 }
    },
    async poll(providerRef, { request, signal }) {
      const ref = readRef(providerRef)
      if (!ref)
        throw failure(provider, 'bad_answer', { billed: 'yes', cause: new Error('no reference of ours') })
      const files = ref.files.slice(0, request.n)
      const images = await Promise.all(files.map((file) => fetchFile(file, ref, signal)))
      return { kind: 'done', result: { images, usage: ref.usage } }
    },
    probe: probeWith({ send, provider, url: `${root}/v1/models`, headers, toError: mistralError }),
  }

  async function fetchFile(
    file: string,
    { usage }: ConversationRef,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const answer = await send({
      provider,
      method: 'GET',
      url: `${root}/v1/files/${encodeURIComponent(file)}/content`,
      headers,
      paid: false,
      signal,
      timeoutMs: 60_000,
      bytesMax: limits.fileBytes,
    })
    if (answer.status === 200 && answer.body.length > 0) return answer.body
    const cause = mistralError(answer)
    // Deleted or expired: it will not come back. Anything else is a fault of the asking.
    const gone = answer.status === 404 || answer.status === 410 || answer.status === 200
    throw failure(provider, 'bad_answer', {
      billed: gone ? 'yes' : 'unknown',
      usage,
      status: answer.status,
      cause,
    })
  }
}

function requestOf({ spec, request, quality, images }: Call): Record<string, unknown> {
  const { operation, n, seed, steps, mode } = request
  if (operation !== 'generate' || images.length > 0 || n > 1)
    throw unsendable(provider, 'only one picture from words on this wire')
  if (seed !== null || steps !== null || mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no seed, steps, mode or quality on this wire')
  const maker = spec.wire.agent_id
    ? { agent_id: spec.wire.agent_id }
    : { model: spec.wire.model ?? spec.model, instructions, tools: [{ type: 'image_generation' }] }
  return { ...maker, inputs: request.prompt, stream: false }
}
