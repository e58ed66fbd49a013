import { answerError, unreadable } from '../answer-error.ts'
import { decodeBase64 } from '../decode-base64.ts'
import { type HttpAnswer, type HttpRequest, header } from '../http.ts'
import type { Call } from '../image-provider.ts'
import { createSseReader } from '../sse.ts'
import { verdictOfWire } from './errors.ts'
import { type StreamEvent, streamEventSchema, type WireUsage } from './wire.ts'

const provider = 'OpenAI'
const partialsMax = 3

/** Whether this call is made as a stream: how many partial pictures to ask for; null = not at all. */
export function partialsOf({ request, onPartial, partials = partialsMax }: Call): number | null {
  // Of several pictures no document says whose usage each final event tells: they are not worth a wrong bill.
  return onPartial && request.n === 1 ? Math.min(partials, partialsMax) : null
}

export interface StreamedImages {
  onData: NonNullable<HttpRequest['onData']>
  /** What the whole stream brought; null if the answer was no stream. Throws the error that it ended with. */
  end(answer: HttpAnswer): { images: Buffer[]; usage: WireUsage | null } | null
}

/** Follows one answer: partial pictures are handed on at once, the final one is kept. */
export function readStream({ onPartial }: Call): StreamedImages {
  const images: Buffer[] = []
  let usage: WireUsage | null = null
  let failed: Extract<StreamEvent, { error: unknown }> | null = null
  const read = createSseReader((data) => {
    const event = parseEvent(data)
    if (event === null) return
    if ('error' in event) {
      failed = event
      return
    }
    const bytes = decodeBase64(event.b64_json)
    if (!bytes) return
    if (event.type.endsWith('.completed')) {
      images.push(bytes)
      usage = event.usage ?? null
    } else handOn(bytes, event.partial_image_index ?? 0)
  })

  function handOn(bytes: Uint8Array, index: number): void {
    try {
      onPartial?.(bytes, index)
    } catch {
      // Whoever looks on must not cost the picture that is being paid for.
    }
  }

  return {
    onData(chunk, head) {
      if (head.status === 200 && isStream(head)) read(chunk)
    },
    end(answer) {
      if (!isStream(answer)) return null
      if (failed !== null) throw errorOf(answer, failed)
      if (images.length === 0)
        throw unreadable(provider, answer, new Error('the stream ended without its picture'))
      return { images, usage }
    },
  }
}

/** The work had begun: unless the code says that nothing is charged, it may be. */
function errorOf(answer: HttpAnswer, { error }: Extract<StreamEvent, { error: unknown }>): Error {
  const verdict = verdictOfWire(error) ?? { code: 'provider_down', billed: 'unknown' }
  const billed = verdict.code === 'content_policy' ? 'unknown' : verdict.billed
  return answerError(provider, answer, { code: verdict.code, billed })
}

function isStream({ headers }: Pick<HttpAnswer, 'headers'>): boolean {
  const answer = { status: 200, headers, body: Buffer.alloc(0) }
  return header(answer, 'content-type')?.startsWith('text/event-stream') === true
}

function parseEvent(data: string): StreamEvent | null {
  try {
    return streamEventSchema.safeParse(JSON.parse(data)).data ?? null
  } catch {
    return null
  }
}
