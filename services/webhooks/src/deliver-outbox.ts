import {
  type Clock,
  type Component,
  type ContentUrl,
  type Random,
  renderEvent,
  type Signals,
} from '@halftone/contracts'
import type { Ledger, OutboxMessage } from '@halftone/ledger'
import { createLoop, type Logger } from '@halftone/service-kit'
import type { Dispatcher } from 'undici'
import { batchEvent } from './batch-event.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'
import { nextTryMs } from './next-try.ts'
import { createOriginLanes } from './origin-lanes.ts'
import { createResultRecorder } from './record-results.ts'
import { type Answer, sendMessage } from './send-message.ts'
import { createSigners } from './signers.ts'

export interface DeliverOutboxOptions {
  ledger: Pick<Ledger, 'outbox' | 'projects'>
  signals: Pick<Signals, 'subscribe'>
  /** Guarded: it decides which addresses may be reached. */
  dispatcher: Dispatcher
  contentUrl: ContentUrl
  /** Waits after the first try, the second, …; one try more than waits. */
  scheduleMs: readonly number[]
  concurrentMax: number
  concurrentPerOriginMax: number
  sendMs: number
  metrics: DeliveryMetrics
  now: Clock
  random: Random
  log: Logger
}

interface Taken {
  message: OutboxMessage
  /** After this, another sender may have it. */
  startBy: number
}

const takeMax = 200
const leaseMs = 60_000
const beatMs = 5_000
const waitingMax = 400
const stuckCheckMs = 500
const retryRecordMs = 1_000

/**
 * Sends what the outbox holds until each message is taken by its receiver or has used up its tries. At least once:
 * a message whose result was lost is sent again under the same id.
 */
export function createDeliverOutbox(options: DeliverOutboxOptions): Component {
  const { ledger, log, now } = options
  const signerOf = createSigners({ secretOf: ledger.projects.webhookSecret, now })
  const recorder = createResultRecorder({
    outbox: ledger.outbox,
    log,
    pause: () => new Promise((resolve) => setTimeout(resolve, retryRecordMs)),
    onRescheduled: () => loop.wake(),
    onTrouble: ({ endpointId, type, because }) => log.warn({ endpoint: endpointId, because }, type),
  })

  const deliver = async ({ message, startBy }: Taken): Promise<boolean> => {
    if (now() > startBy) return true
    const startedAt = now()
    const answer = await attempt(message)
    if (!answer) return true
    const ms = now() - startedAt
    options.metrics.observe(answer.kind, ms)
    if (answer.kind === 'delivered') {
      recorder.delivered({ id: message.id, status: answer.status, ms, answer: answer.text })
      return true
    }
    const retryInMs = nextTryMs(answer, message.tries, options.scheduleMs, options.random)
    const { status, error, text } = answer
    recorder.failed({ id: message.id, status, error, retryInMs, ms, answer: text, gone: status === 410 })
    const fields = { message: message.id, origin: originOf(message.url), tries: message.tries + 1, retryInMs }
    log.warn({ ...fields, status: answer.status }, 'a webhook was not taken')
    return false
  }

  /** null: our own fault stood in the way; the lease runs out and another round has it. */
  const attempt = async (message: OutboxMessage): Promise<Answer | null> => {
    try {
      const body = batchEvent(message) ?? renderEvent(message, options.contentUrl)
      if (!body)
        return {
          kind: 'failed',
          status: null,
          error: 'nothing to tell',
          text: null,
          retryAfterMs: null,
          final: true,
        }
      const text = JSON.stringify(body)
      const sign = await signerOf(message)
      const sentAt = new Date(now())
      return await sendMessage(
        {
          id: message.id,
          url: message.url,
          body: text,
          timestampSeconds: Math.floor(sentAt.getTime() / 1_000),
          signature: sign(message.id, sentAt, text),
        },
        { dispatcher: options.dispatcher, totalMs: options.sendMs, now },
      )
    } catch (error) {
      log.error({ err: error, message: message.id }, 'a webhook could not be made')
      return null
    }
  }

  const lanes = createOriginLanes<Taken>({
    concurrentMax: options.concurrentMax,
    concurrentPerOriginMax: options.concurrentPerOriginMax,
    waitingMax,
    run: deliver,
    onRoom: () => loop.wake(),
    now,
  })

  const takeDue = async (): Promise<number | undefined> => {
    for (;;) {
      if (!lanes.makeRoom()) return stuckCheckMs
      const startBy = now() + leaseMs - options.sendMs
      const messages = await ledger.outbox.take(takeMax, leaseMs)
      for (const message of messages) lanes.offer(originOf(message.url), { message, startBy })
      if (messages.length < takeMax) break
    }
    return (await ledger.outbox.nextDueMs()) ?? undefined
  }
  const loop = createLoop({ name: 'deliver outbox', spacingMs: 10, beatMs, work: takeDue, log })

  return {
    name: 'deliver outbox',
    async start() {
      await options.signals.subscribe('outbox', loop.wake, loop.wake)
      await loop.start()
    },
    async stop(deadline) {
      await loop.stop(deadline)
      const finished = lanes.drained().then(recorder.recorded)
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()))
      await Promise.race([finished, late])
      clearTimeout(timer)
    },
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'invalid'
}
