import { type JobsOptions, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

/** BullMQ as it is, in its fastest form: what Halftone is measured beside. */

const chunkSize = 250
const chunksInFlight = 4
const options: JobsOptions = { removeOnComplete: true, removeOnFail: true }

export function openRawQueue(redisUrl: string, name: string) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queue = new Queue(name, { connection })
  return {
    queue,
    async addAll(payloads: readonly unknown[]): Promise<void> {
      let next = 0
      const lane = async () => {
        while (next < payloads.length) {
          const chunk = payloads.slice(next, next + chunkSize)
          next += chunkSize
          await queue.addBulk(chunk.map((data) => ({ name: 'job', data, opts: options })))
        }
      }
      await Promise.all(Array.from({ length: chunksInFlight }, lane))
    },
    async close(): Promise<void> {
      await queue.obliterate({ force: true })
      await queue.close()
      connection.disconnect()
    },
  }
}

/** A chain of queues with empty handlers; answers the seconds until the last job has left the last one. */
export async function runRawChain(
  redisUrl: string,
  payloads: readonly unknown[],
  { queues, concurrency }: { queues: number; concurrency: number },
): Promise<number> {
  const links = Array.from({ length: queues }, (_, place) => openRawQueue(redisUrl, `bench-chain-${place}`))
  const { promise: allDone, resolve } = Promise.withResolvers<void>()
  let done = 0
  const connections: Redis[] = []
  const workers = links.map(({ queue }, place) => {
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
    connections.push(connection)
    const next = links[place + 1]?.queue
    const handle = next
      ? async ({ data }: { data: unknown }) => void (await next.add('job', data, options))
      : async () => {
          if (++done === payloads.length) resolve()
        }
    return new Worker(queue.name, handle, { connection, concurrency })
  })
  await Promise.all(workers.map((worker) => worker.waitUntilReady()))
  const started = performance.now()
  await links[0]?.addAll(payloads)
  await allDone
  const seconds = (performance.now() - started) / 1_000
  await Promise.all(workers.map((worker) => worker.close()))
  for (const connection of connections) connection.disconnect()
  await Promise.all(links.map((link) => link.close()))
  return seconds
}
