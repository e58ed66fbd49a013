import type { Component } from '@halftone/contracts'
import { connectRedis, whenReady } from './connect-redis.ts'
import type { QueueOptions } from './create-queue.ts'
import { defaultPrefix } from './queue-names.ts'

/** Tells the first from its repeats, over all processes. Kept in Redis, so a wipe forgets: only for what a repeat cannot harm. */
export interface Once extends Component {
  /** True for the first of this name within `ms`. Throws when Redis is out of reach. */
  first(name: string, ms: number): Promise<boolean>
}

export function createOnce({ redisUrl, prefix = defaultPrefix, onFault = () => {} }: QueueOptions): Once {
  const redis = connectRedis(
    redisUrl,
    { lazyConnect: true, enableOfflineQueue: false, commandTimeout: 2_000, maxRetriesPerRequest: 0 },
    onFault,
  )
  return {
    name: 'once',
    async start() {
      await whenReady(redis)
    },
    async stop() {
      redis.disconnect()
    },
    first: async (name, ms) => (await redis.set(`${prefix}:once:${name}`, '1', 'PX', ms, 'NX')) === 'OK',
  }
}
