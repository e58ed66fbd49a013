import { randomBytes } from 'node:crypto'
import { connect } from './connect.ts'
import type { AccountLimits, Lease, RateLimits } from './limits.ts'
import { burst, burstOf } from './pace.ts'

export interface RateLimitsOptions {
  redisUrl: string
  prefix?: string
  /** Lost connections; it goes on trying. */
  onFault?: (error: unknown) => void
  /** What "a minute" is; shorter in tests alone. */
  windowMs?: number
  /** A call whose process died keeps its place for so long. */
  leaseMs?: number
}

/** Calls start a little later than they were granted, some more than others: windows are kept as if they were so much longer. */
const jitterShare = 1 / 200
/** However often a provider says "wait", this part of the rate stays, to find out when it is over. */
const leastShare = 1 / 64

/** Verbs reject while Redis is out of reach: without a slot there is no call. */
export function createRateLimits(options: RateLimitsOptions): RateLimits & { close(): void } {
  const { redisUrl, prefix = 'ht', onFault = () => {}, windowMs = 60_000, leaseMs = 15_000 } = options
  const redis = connect(redisUrl, onFault)
  const window = Math.round(windowMs * 1_000 * (1 + jitterShare))
  const keyOf = (account: string) => `${prefix}:limit:{${account}}`
  const keysOf = (account: string): [string, string, string] => {
    const key = keyOf(account)
    return [key, `${key}:places`, `${key}:days`]
  }
  /** Accounts that were in Redis once: a key that is missing then was lost. */
  const known = new Set<string>()
  /** Leases of this process that hold a place, by account. */
  const held = new Map<string, Set<string>>()
  const drop = ({ account, id }: Lease) => held.get(account)?.delete(id)

  const renew = () => {
    for (const [account, leases] of held)
      if (leases.size > 0) redis.renewPlaces(keysOf(account)[1], leaseMs * 1_000, ...leases).catch(onFault)
  }
  const timer = setInterval(renew, leaseMs / 3)
  timer.unref()

  return {
    async take(account, limits, { images = 1, maxWaitMs, paced = false }) {
      const id = randomBytes(12).toString('base64url')
      const [granted, ms, grantedAt] = await redis.takeSlot(
        ...keysOf(account),
        window,
        ...rates(limits),
        limits.requestsPerDay ?? 0,
        limits.concurrent ?? 0,
        images,
        maxWaitMs * 1_000,
        paced ? 1 : 0,
        id,
        leaseMs * 1_000,
        known.has(account) ? 1 : 0,
      )
      if (!granted) return { kind: 'later', retryMs: ms }
      known.add(account)
      if (limits.concurrent !== undefined) held.set(account, (held.get(account) ?? new Set()).add(id))
      return { kind: 'granted', waitMs: ms, lease: { account, id, grantedAt: Number(grantedAt) } }
    },
    async confirm(lease) {
      try {
        const stoppedMs = await redis.confirmSlot(...keysOf(lease.account), lease.id)
        if (stoppedMs > 0) drop(lease)
        return stoppedMs
      } catch (error) {
        // no call is made of it: its place runs out
        drop(lease)
        throw error
      }
    },
    async giveBack(lease) {
      drop(lease)
      await redis.giveBackSlot(...keysOf(lease.account), lease.id)
    },
    async end(lease, answered) {
      drop(lease)
      await redis.endCall(...keysOf(lease.account), lease.id, lease.grantedAt, answered ? 1 : 0)
    },
    async refused({ account, grantedAt }, limits, retryAfterMs) {
      const least = Math.max(leastShare, Math.min(1, 1 / limits.requestsPerMinute))
      await redis.refusedCall(keyOf(account), window, retryAfterMs ?? -1, grantedAt, least)
    },
    async heard(account, limits, { remaining, resetMs }) {
      if (remaining >= burstOf(limits)) return
      const [requests, most] = rates(limits)
      await redis.heardLeft(keyOf(account), window, requests, most, remaining, resetMs ?? -1)
    },
    async states(accounts) {
      const states = await Promise.all(accounts.map((account) => redis.accountState(keyOf(account), window)))
      return new Map(
        accounts.map((account, i) => {
          const [stoppedMs, millionths] = states[i]!
          return [account, { stoppedMs, share: millionths / 1_000_000 }]
        }),
      )
    },
    close() {
      clearInterval(timer)
      redis.disconnect()
    },
  }
}

/** Requests and pictures a window, each with its burst; 0: no limit. */
function rates({ requestsPerMinute, imagesPerMinute = 0 }: AccountLimits): [number, number, number, number] {
  return [requestsPerMinute, burst(requestsPerMinute), imagesPerMinute, burst(imagesPerMinute)]
}
