import { AppError, type Component, type EventBody, type Signals } from '@halftone/contracts'
import type { Logger } from '@halftone/service-kit'
import type { FastifyReply } from 'fastify'

/** One caller's open stream of server-sent events. */
export interface EventStream {
  /** False: the caller is gone or this process stops, and nothing more need be read. */
  readonly open: boolean
  /** Resolves when the caller can take more. */
  send(id: string, body: EventBody): Promise<void>
  /** Resolves when something may have happened, after `ms` at the latest, or when it is no longer open. */
  woken(ms: number): Promise<void>
}

export interface EventStreams extends Component {
  /**
   * Answers the request with what `run` sends, and closes when it is done. Throws `too_many_streams` when the project has
   * its share open.
   */
  answer(reply: FastifyReply, projectId: string, run: (stream: EventStream) => Promise<void>): Promise<void>
  close(): void
}

const perProjectMax = 20
const heartbeatMs = 15_000
/** However much happens, a stream reads no more often than this. */
const spacingMs = 100

/** Streams are woken by signals and read Postgres themselves: signals may be lost, so each also reads at a slow beat. */
export function createEventStreams(options: {
  signals: Pick<Signals, 'subscribe'>
  log: Logger
}): EventStreams {
  const streams = new Set<Waking>()
  const perProject = new Map<string, number>()
  const wakeAll = () => {
    for (const stream of streams) stream.wake()
  }
  const close = () => {
    for (const stream of streams) stream.end()
  }

  return {
    name: 'event streams',
    async start() {
      for (const name of ['ended', 'outbox'] as const) await options.signals.subscribe(name, wakeAll, wakeAll)
    },
    close,
    stop: async () => close(),
    async answer(reply, projectId, run) {
      const before = perProject.get(projectId) ?? 0
      if (before >= perProjectMax) throw tooMany()
      perProject.set(projectId, before + 1)
      reply.hijack()
      const stream = openStream(reply)
      streams.add(stream)
      try {
        await run(stream)
      } catch (error) {
        // the caller comes back with the last id that it got
        options.log.warn({ err: error, project: projectId }, 'an event stream was cut')
      } finally {
        streams.delete(stream)
        const left = (perProject.get(projectId) ?? 1) - 1
        if (left > 0) perProject.set(projectId, left)
        else perProject.delete(projectId)
        stream.end()
      }
    },
  }
}

interface Waking extends EventStream {
  wake(): void
  end(): void
}

function openStream(reply: FastifyReply): Waking {
  const { raw } = reply
  let open = true
  let woken = Promise.withResolvers<void>()
  let readAt = 0
  const beat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  const end = () => {
    open = false
    clearInterval(beat)
    woken.resolve()
    raw.end()
  }
  raw.once('close', end)
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  raw.write('retry: 1000\n\n')
  return {
    get open() {
      return open
    },
    wake: () => woken.resolve(),
    end,
    async send(id, body) {
      if (!open) return
      if (raw.write(`id: ${id}\nevent: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`)) return
      const drained = Promise.withResolvers<void>()
      raw.once('drain', drained.resolve).once('close', drained.resolve)
      await drained.promise
    },
    async woken(ms) {
      if (!open) return
      const timer = setTimeout(woken.resolve, ms)
      await woken.promise
      clearTimeout(timer)
      const early = readAt + spacingMs - performance.now()
      if (open && early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      // what comes while it reads wakes it again
      woken = Promise.withResolvers()
      readAt = performance.now()
      if (!open) woken.resolve()
    },
  }
}

function tooMany(): AppError {
  return new AppError('too_many_streams', `a project has at most ${perProjectMax} event streams open`, {
    limit: perProjectMax,
    next: 'close one: a single GET /v1/events tells of all jobs',
    retryAfterSeconds: 5,
  })
}
