import { HalftoneError } from './halftone-error.ts'
import { serverSentEvents } from './server-sent-events.ts'
import { sleep } from './sleep.ts'
import type { Transport } from './transport.ts'
import { hasEnded } from './wait-for-job.ts'
import type { JobAnswer, WebhookBody } from './wire.ts'

/** As a webhook's body. `image.job.updated` is each change of status before the end; the other types are those of webhooks. */
export interface HalftoneEvent extends Omit<WebhookBody, 'type' | 'data'> {
  type: WebhookBody['type'] | 'image.job.updated' | (string & {})
  data: Record<string, unknown>
}

export interface JobEvent extends HalftoneEvent {
  data: WebhookBody['data']
}

export interface EventsOptions {
  /** Event types; left out: all. */
  types?: readonly string[]
  bulkId?: string
  /** Goes on after this one; left out: from now. */
  lastEventId?: string
  signal?: AbortSignal
}

const backAfterMs = 1_000
const cutsMax = 10
const pollSeconds = 2

/**
 * How a job is now, each change of its status, and its end. A stream that is cut is taken up where it was; where streams are not
 * let through, the job is asked for instead.
 */
export async function* jobEvents(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  const path = `/v1/jobs/${encodeURIComponent(id)}/events`
  try {
    for await (const { event } of streamed<JobEvent>(transport, path, undefined, signal)) {
      yield event
      if (isEnd(event)) return
    }
    return
  } catch (error) {
    if (!(error instanceof HalftoneError) || error.status !== 404) throw error
  }
  yield* polledEvents(transport, id, signal)
}

/** All that happens in the project, until the signal is aborted or the consumer leaves. The `id` is the place to go on from. */
export async function* projectEvents(
  transport: Transport,
  { types, bulkId, lastEventId, signal }: EventsOptions,
): AsyncGenerator<{ id: string | null; event: HalftoneEvent }> {
  const query = new URLSearchParams({
    ...(types ? { types: types.join(',') } : {}),
    ...(bulkId ? { bulk_id: bulkId } : {}),
  })
  const path = query.size > 0 ? `/v1/events?${query}` : '/v1/events'
  yield* streamed(transport, path, lastEventId, signal)
}

async function* streamed<T extends HalftoneEvent>(
  transport: Transport,
  path: string,
  lastEventId: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ id: string | null; event: T }> {
  let last = lastEventId
  for (let cuts = 0; cuts < cutsMax; cuts++) {
    const headers = { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) }
    const response = await transport.open({ method: 'GET', path, headers, signal })
    // 204: all was told
    if (response.status === 204 || !response.body) return
    try {
      for await (const { id, data } of serverSentEvents(response.body)) {
        cuts = 0
        last = id ?? last
        yield { id, event: JSON.parse(data) }
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof SyntaxError) throw error
    }
    await sleep(backAfterMs, signal)
  }
  throw new HalftoneError('the stream of events was cut again and again', {
    code: 'network',
    next: 'check what stands between: a proxy may buffer text/event-stream',
  })
}

function isEnd({ type, data }: JobEvent): boolean {
  return type !== 'image.job.updated' && type.startsWith('image.job.') && endings.has(data.status)
}
const endings = new Set(['succeeded', 'failed', 'canceled', 'expired'])

async function* polledEvents(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent> {
  let told = ''
  for (;;) {
    const path = `/v1/jobs/${encodeURIComponent(id)}?wait=${told === '' ? 0 : pollSeconds}`
    const call = { method: 'GET', path, waitMs: pollSeconds * 1_000, signal } as const
    const job = await transport.json<JobAnswer>(call)
    if (job.status !== told) yield eventOf(job)
    if (hasEnded(job)) return
    told = job.status
  }
}

function eventOf(job: JobAnswer): JobEvent {
  const { id, bulk_id, status, cost_usd, images, error, metadata } = job
  return {
    type: hasEnded(job) ? `image.job.${status}` : 'image.job.updated',
    timestamp: job.finished_at ?? new Date().toISOString(),
    id: `${id}-${status}`,
    sequence: 0,
    data: { job_id: id, bulk_id, status, cost_usd, images, error, metadata },
  }
}
