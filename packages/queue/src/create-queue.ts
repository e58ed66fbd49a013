import {
  type ClassifyTicket,
  crashPoint,
  type RunTicket,
  runTicketSchema,
  ticketId,
} from '@halftone/contracts'
import { Queue as BullQueue, type JobsOptions } from 'bullmq'
import { connectRedis } from './connect-redis.ts'
import type { Queue } from './queue.ts'
import { classifyQueue, defaultPrefix, runQueue } from './queue-names.ts'

export interface QueueOptions {
  redisUrl: string
  prefix?: string
  /** Lost connections; the queue goes on trying. */
  onFault?: (error: unknown) => void
}

/** `addBulk` is a pipeline, not a transaction: small chunks keep Redis responsive, and repeating one adds nothing. */
const chunkSize = 250
const chunksInFlight = 4
/** Smaller is sooner; a ticket without a priority goes before all that have one. */
const rangePriority = 10
const waitingStates = ['waiting', 'delayed', 'prioritized'] as const

interface Ticket {
  name: string
  data: ClassifyTicket | RunTicket
  opts: JobsOptions
}

/** The queue on BullMQ. Verbs reject while Redis is out of reach; nothing is kept for later. */
export function createQueue(options: QueueOptions): Queue {
  const { redisUrl, prefix = defaultPrefix, onFault = () => {} } = options
  const redis = connectRedis(redisUrl, { maxRetriesPerRequest: 1, commandTimeout: 10_000 }, onFault)
  const queues = new Map<string, BullQueue>()

  const open = (name: string): BullQueue => {
    let queue = queues.get(name)
    if (!queue) {
      queue = new BullQueue(name, {
        connection: redis,
        prefix,
        streams: { events: { maxLen: 100 } },
        defaultJobOptions: {
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
          stackTraceLimit: 1,
          keepLogs: 0,
          sizeLimit: 300,
        },
      })
      queue.on('error', onFault)
      queues.set(name, queue)
      // without any known limit `queue.rateLimit` holds back one worker only; this one is never reached
      queue.setGlobalRateLimit(1_000_000, 1_000).catch(onFault)
    }
    return queue
  }

  return {
    async askToClassify(tickets, { urgent = false } = {}) {
      const opts = urgent ? {} : { priority: rangePriority }
      await addAll(
        open(classifyQueue),
        tickets.map((ticket) => ({
          name: 'classify',
          data: ticket,
          opts: { ...opts, jobId: classifyTicketId(ticket) },
        })),
      )
    },
    async askToRun(pool, tickets) {
      await addAll(
        open(runQueue(pool)),
        tickets.map((ticket) => ({
          name: 'run',
          data: ticket,
          opts: { jobId: ticketId(ticket.job, ticket.gen) },
        })),
      )
    },
    async depth(pools) {
      const pipeline = redis.pipeline()
      for (const pool of pools) {
        const key = open(runQueue(pool)).toKey
        pipeline.llen(key('wait')).llen(key('active')).zcard(key('delayed')).zcard(key('prioritized'))
      }
      const counts = results(await pipeline.exec())
      return new Map(
        pools.map((pool, i) => [pool, counts.slice(i * 4, i * 4 + 4).reduce((sum, count) => sum + count, 0)]),
      )
    },
    async holds(pool, tickets) {
      if (tickets.length === 0) return new Set()
      const queue = open(runQueue(pool))
      const ids = tickets.map((ticket) => ticketId(ticket.job, ticket.gen))
      const pipeline = redis.pipeline()
      for (const id of ids) pipeline.exists(queue.toKey(id))
      const found = results(await pipeline.exec())
      return new Set(ids.filter((_, i) => found[i] === 1))
    },
    async drain(pool) {
      const queue = open(runQueue(pool))
      const jobs = await queue.getJobs([...waitingStates])
      const removed = await Promise.all(jobs.map((job) => queue.remove(job.id!)))
      // 0: a worker took it in between; then it is the worker's
      return jobs.filter((_, i) => removed[i] === 1).map((job) => runTicketSchema.parse(job.data))
    },
    async check() {
      const policy = /maxmemory_policy:(\S+)/.exec(await redis.info('memory'))?.[1]
      if (policy !== undefined && policy !== 'noeviction')
        throw new Error(
          `Redis would drop tickets under memory pressure: set maxmemory-policy noeviction (it is ${policy})`,
        )
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()))
      redis.disconnect()
    },
  }
}

/** Fixed by what the ticket says. BullMQ allows no ":" in it. */
function classifyTicketId(ticket: ClassifyTicket): string {
  return 'job' in ticket ? ticket.job : `${ticket.bulk}-${ticket.from}`
}

async function addAll(queue: BullQueue, tickets: Ticket[]): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < tickets.length) {
      const chunk = tickets.slice(next, next + chunkSize)
      next += chunkSize
      const ids = () => chunk.map(({ data }) => ('job' in data ? data.job : data.bulk))
      await crashPoint('inside-add-bulk', ids)
      await queue.addBulk(chunk)
      await crashPoint('before-mark-sent', ids)
    }
  }
  await Promise.all(Array.from({ length: chunksInFlight }, lane))
}

function results(answers: [Error | null, unknown][] | null): number[] {
  return (answers ?? []).map(([error, value]) => {
    if (error) throw error
    return Number(value)
  })
}
