import { Redis, type Result } from 'ioredis'
import { heardLua, refusedLua, stateLua } from './scripts/correct.ts'
import { confirmLua, endLua, giveBackLua, renewLua } from './scripts/lease.ts'
import { takeSlotLua } from './scripts/take-slot.ts'

type Keys = [account: string, places: string, days: string]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeSlot(...args: [...Keys, ...(string | number)[]]): Result<[0 | 1, number, string], Context>
    confirmSlot(...args: [...Keys, lease: string]): Result<number, Context>
    giveBackSlot(...args: [...Keys, lease: string]): Result<number, Context>
    endCall(...args: [...Keys, lease: string, grantedAt: number, answered: 0 | 1]): Result<number, Context>
    renewPlaces(places: string, leaseTime: number, ...leases: string[]): Result<number, Context>
    refusedCall(account: string, ...args: number[]): Result<number, Context>
    heardLeft(account: string, ...args: number[]): Result<number, Context>
    accountState(account: string, window: number): Result<[number, number], Context>
  }
}

/** A connection that knows the scripts. Gives a command up soon: without a slot there is no call. */
export function connect(redisUrl: string, onFault: (error: unknown) => void): Redis {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: 1,
    commandTimeout: 5_000,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 6), 2_000),
  })
  redis.on('error', onFault)
  const define = (name: string, numberOfKeys: number, lua: string) =>
    redis.defineCommand(name, { numberOfKeys, lua })
  define('takeSlot', 3, takeSlotLua)
  define('confirmSlot', 3, confirmLua)
  define('giveBackSlot', 3, giveBackLua)
  define('endCall', 3, endLua)
  define('renewPlaces', 1, renewLua)
  define('refusedCall', 1, refusedLua)
  define('heardLeft', 1, heardLua)
  define('accountState', 1, stateLua)
  return redis
}
