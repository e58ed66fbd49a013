import { Redis, type Result } from 'ioredis'
import type { AccountLimits, RateLimits, Slot } from './limits.ts'
import { blockLua, takeSlotLua } from './scripts.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeSlot(
      key: string,
      perMinute: number,
      burst: number,
      weight: number,
      maxWaitMs: number,
    ): Result<[0 | 1, number], Context>
    blockAccount(key: string, ms: number): Result<number, Context>
  }
}

export interface RateLimitsOptions {
  redisUrl: string
  prefix?: string
  /** Lost connections; it goes on trying. */
  onFault?: (error: unknown) => void
}

/**
 * How many calls may start at once after a pause: a twentieth of a minute's worth. A call heavier than that goes
 * alone. In any 60 s an account gets at most its limit and one burst (or one such call).
 */
export function burstOf(limits: AccountLimits): number {
  return Math.max(1, Math.floor(limits.requestsPerMinute / 20))
}

/** Verbs reject while Redis is out of reach: without a slot there is no call. */
export function createRateLimits(options: RateLimitsOptions): RateLimits & { close(): void } {
  const { redisUrl, prefix = 'ht', onFault = () => {} } = options
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    commandTimeout: 5_000,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 6), 2_000),
  })
  redis.on('error', onFault)
  redis.defineCommand('takeSlot', { numberOfKeys: 1, lua: takeSlotLua })
  redis.defineCommand('blockAccount', { numberOfKeys: 1, lua: blockLua })
  const keyOf = (account: string) => `${prefix}:limit:{${account}}`

  return {
    async take(account, limits, { weight, maxWaitMs, paced = false }): Promise<Slot> {
      const [granted, ms] = await redis.takeSlot(
        keyOf(account),
        limits.requestsPerMinute,
        paced ? 0 : burstOf(limits),
        weight,
        maxWaitMs,
      )
      return granted ? { kind: 'granted', waitMs: ms } : { kind: 'later', retryMs: ms }
    },
    async block(account, ms) {
      await redis.blockAccount(keyOf(account), ms)
    },
    close() {
      redis.disconnect()
    },
  }
}
