import { Readable } from 'node:stream'
import type { WholeJob } from '@halftone/ledger'
import type { FastifyReply } from 'fastify'
import type { ProducerParts } from '../parts.ts'
import { imageEvent, usageOf } from './answer.ts'
import { noPictures } from './errors.ts'
import { readBase64 } from './read-base64.ts'
import type { Partial } from './watch-partials.ts'

interface Streamed {
  projectId: string
  id: string
  /** Aborts when the caller is gone. */
  gone: AbortSignal
  reply: FastifyReply
  /** Called if the caller was not told how it ended. */
  lost(): void
}

/** Proxies close what is silent for a minute. */
const pingMs = 15_000

/**
 * Server-sent events: pictures of the work under way, where the provider sends such, then one event for each picture.
 * What fails after the first byte is an event too. When the caller leaves, the job goes on.
 */
export function streamImages(parts: ProducerParts, streamed: Streamed): FastifyReply {
  const { reply } = streamed
  return reply
    .status(200)
    .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
    .send(Readable.from(events(parts, streamed), { objectMode: false }))
}

type Next = { partial: Partial } | { ended: WholeJob | null } | 'ping'

async function* events(parts: ProducerParts, streamed: Streamed): AsyncGenerator<string> {
  let told = false
  try {
    told = yield* allEvents(parts, streamed)
  } finally {
    // a caller who leaves ends the generator where it stands
    if (!told) streamed.lost()
  }
}

/** Returns whether the last of them was sent. */
async function* allEvents(
  parts: ProducerParts,
  { projectId, id, gone }: Streamed,
): AsyncGenerator<string, boolean> {
  const partials: Partial[] = []
  let seen = Promise.withResolvers<void>()
  using _watch = parts.partials.of(id, (partial) => {
    partials.push(partial)
    seen.resolve()
  })
  const ended = parts.waits
    .untilEnded(projectId, id, parts.syncTimeoutMs, gone)
    .then((whole): Next => ({ ended: whole }))
  yield ': accepted\n\n'
  for (;;) {
    const partial = partials.shift()
    const next: Next = partial ? { partial } : await nextOf(ended, seen.promise)
    if (next === 'ping') {
      if (partials.length === 0) yield ': waiting\n\n'
      seen = Promise.withResolvers()
      continue
    }
    if ('partial' in next) {
      yield* partialEvent(parts, projectId, next.partial)
      continue
    }
    if (partials.length > 0) continue
    yield* finalEvents(parts, next.ended)
    return next.ended?.job.finishedAt !== null && !gone.aborted
  }
}

/** `ping` when something was seen, or nothing for long. */
async function nextOf(ended: Promise<Next>, seen: Promise<void>): Promise<Next> {
  const { promise, resolve } = Promise.withResolvers<Next>()
  const timer = setTimeout(() => resolve('ping'), pingMs)
  try {
    return await Promise.race([ended, seen.then((): Next => 'ping'), promise])
  } finally {
    clearTimeout(timer)
  }
}

async function* partialEvent(parts: ProducerParts, projectId: string, partial: Partial) {
  const whole = await parts.ledger.jobs.job(projectId, partial.job_id)
  if (!whole) return
  const base64 = await readBase64(parts.store, partial.sha256)
  const event = imageEvent('partial_image', whole, partial, base64)
  yield eventText({ ...event, partial_image_index: partial.index })
}

async function* finalEvents(parts: ProducerParts, whole: WholeJob | null) {
  if (!whole) return
  if (whole.job.status !== 'succeeded') {
    yield eventText({ type: 'error', ...noPictures(whole.job, parts.syncTimeoutMs).body })
    return
  }
  for (const image of whole.job.images) {
    const event = imageEvent('completed', whole, image, await readBase64(parts.store, image.sha256))
    yield eventText({ ...event, usage: usageOf(whole) })
  }
}

function eventText<E extends { type: string }>(event: E): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
