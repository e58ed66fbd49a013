import {
  type ClassifyTicket,
  type Component,
  classifyTicketSchema,
  type RunTicket,
  runTicketSchema,
} from '@halftone/contracts'
import { DelayedError, type Job, Worker } from 'bullmq'
import { connectRedis, whenReady } from './connect-redis.ts'
import type { QueueOptions } from './create-queue.ts'
import type { Consumer, ConsumerOptions, Handled } from './queue.ts'
import { classifyQueue, defaultPrefix, runQueue } from './queue-names.ts'

/** A ticket whose handler threw comes again after this. */
const pauseAfterErrorMs = 1_000

export function createClassifyConsumer(
  options: QueueOptions & ConsumerOptions<ClassifyTicket>,
): Consumer & Component {
  return createConsumer(classifyQueue, (data) => classifyTicketSchema.parse(data), options)
}

export function createRunConsumer(
  pool: string,
  options: QueueOptions & ConsumerOptions<RunTicket>,
): Consumer & Component {
  return createConsumer(runQueue(pool), (data) => runTicketSchema.parse(data), options)
}

/** Goes on by itself after Redis was away or wiped: a lost ticket comes again from Postgres under a new id. */
function createConsumer<T>(
  queueName: string,
  parse: (data: unknown) => T,
  options: QueueOptions & ConsumerOptions<T>,
): Consumer & Component {
  const { redisUrl, prefix = defaultPrefix, onFault = () => {} } = options
  const redis = connectRedis(redisUrl, { maxRetriesPerRequest: null }, onFault)

  const handle = async (ticket: T, lost: number): Promise<Handled> => {
    try {
      return await options.handle(ticket, lost)
    } catch (error) {
      options.onError(error, ticket)
      return { kind: 'later', delayMs: pauseAfterErrorMs }
    }
  }
  const process = async (job: Job, token?: string): Promise<void> => {
    const handled = await handle(parse(job.data), job.stalledCounter)
    if (handled.kind === 'done') return
    await job.moveToDelayed(Date.now() + handled.delayMs, token)
    throw new DelayedError()
  }
  const worker = new Worker(queueName, process, {
    connection: redis,
    prefix,
    concurrency: options.concurrency,
    autorun: false,
    lockDuration: 30_000,
    stalledInterval: 10_000,
    // a killed worker alone says nothing against the ticket: the handler hears how many there were, and decides
    maxStalledCount: 1_000_000_000,
    maximumRateLimitDelay: 5_000,
    runRetryDelay: 1_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('error', onFault)
  worker.on('failed', (_, error) => onFault(error))

  let stopping: Promise<void> | undefined
  const stop = async (deadline: number): Promise<void> => {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()))
    // close() takes nothing new, and waits without a limit for what runs
    await Promise.race([worker.close(), late])
    clearTimeout(timer)
    redis.disconnect()
  }
  return {
    name: `consumer of ${queueName}`,
    async start() {
      await whenReady(redis)
      await worker.waitUntilReady()
      worker.run().catch(onFault)
    },
    stop(deadline) {
      stopping ??= stop(deadline)
      return stopping
    },
    setConcurrency(n) {
      worker.concurrency = n
    },
  }
}
