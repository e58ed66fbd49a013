import type { FastifyReply } from 'fastify'
import { blur, decode, encode, type Format } from '../art/pixels.ts'
import type { FaultKind } from '../faults.ts'
import type { Simulation } from '../simulation.ts'
import type { WireError } from '../wire-error.ts'
import type { Usage } from './tokens.ts'

/** What the documents of an older model say: each partial picture counts as so many output tokens. */
export const partialTokens = 100

interface Stream {
  /** `image_generation` or `image_edit`. */
  event: string
  partials: number
  format: Format
  /** What every event tells beside its picture. */
  facts: Record<string, unknown>
  usage: Usage
  latencyMs: number
  requestId: string
}

/**
 * Sends partial pictures while the work goes on, then each whole one. `work` is charged when it is done, whether or not
 * anybody still listens. A fault loses the stream: before its end, or half of the last event.
 */
export async function streamImages(
  simulation: Simulation,
  reply: FastifyReply,
  fault: FaultKind | null,
  stream: Stream,
  work: { pictures(): Promise<Buffer[]>; charge(): void },
): Promise<FastifyReply> {
  const { raw } = reply.hijack()
  raw.on('error', () => {})
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': stream.requestId })
  raw.flushHeaders()
  const pictures = await work.pictures()
  const stepMs = stream.latencyMs / (stream.partials + 1)
  for (let index = 0; index < stream.partials; index++) {
    await simulation.sleep(stepMs)
    const partial = await roughly(pictures[0], index, stream)
    raw.write(eventOf(stream, 'partial_image', partial, { partial_image_index: index }))
  }
  await simulation.sleep(stepMs)
  work.charge()
  const usage = { usage: stream.usage }
  const last = pictures.map((picture) => eventOf(stream, 'completed', picture, usage)).join('')
  if (fault === 'hang') return reply
  if (fault === 'reset_after_paid') raw.socket?.resetAndDestroy()
  else if (fault === 'cut_body') raw.write(last.slice(0, last.length >> 1), () => raw.socket?.destroy())
  else raw.end(fault === 'bad_json' ? last.replace('{', '') : last)
  return reply
}

/** An error once the stream has begun: its status is sent already. */
export async function streamError(
  simulation: Simulation,
  reply: FastifyReply,
  error: WireError,
  afterMs: number,
): Promise<FastifyReply> {
  const { raw } = reply.hijack()
  raw.on('error', () => {})
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  raw.flushHeaders()
  await simulation.sleep(afterMs)
  raw.end(`event: error\ndata: ${JSON.stringify({ type: 'error', ...Object(error.body) })}\n\n`)
  return reply
}

function eventOf(
  { event, facts }: Stream,
  what: string,
  picture: Buffer,
  more: Record<string, unknown>,
): string {
  const type = `${event}.${what}`
  return `event: ${type}\ndata: ${JSON.stringify({ type, b64_json: picture.toString('base64'), ...facts, ...more })}\n\n`
}

/** The picture before it is finished: less blurred each time. */
async function roughly(picture: Buffer | undefined, index: number, { format }: Stream): Promise<Buffer> {
  const pixels = await decode(picture ?? Buffer.alloc(0))
  return encode(await blur(pixels, Math.max(2, pixels.width / (30 * (index + 1)))), format)
}
