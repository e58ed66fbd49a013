import { Redis, type RedisOptions } from 'ioredis'

/**
 * A connection that keeps trying for ever, so that a Redis that went away and came back costs time only.
 * `onFault` hears of every failed try.
 */
export function connectRedis(
  redisUrl: string,
  options: RedisOptions,
  onFault: (error: unknown) => void = () => {},
): Redis {
  const redis = new Redis(redisUrl, {
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 6), 2_000),
    ...options,
  })
  redis.on('error', onFault)
  return redis
}

/** Resolves when the connection can be used; waits as long as Redis is away. */
export async function whenReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return
  const { promise, resolve } = Promise.withResolvers<void>()
  redis.once('ready', () => resolve())
  // a first failure rejects, but the connection goes on trying
  if (redis.status === 'wait') redis.connect().catch(() => {})
  await promise
}
