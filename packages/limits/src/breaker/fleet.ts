import { Redis, type Result } from 'ioredis'
import { type BreakerKey, breakerId } from './breaker.ts'
import { judgeLua, keepProbeLua, readLua, takeProbeLua, voteLua } from './breaker-scripts.ts'
import type { ResetTimes } from './local-breaker.ts'

type Arg = string | number
declare module 'ioredis' {
  interface RedisCommander<Context> {
    breakerVote(states: string, votes: string, live: string, ...args: Arg[]): Result<0 | 1, Context>
    breakerJudge(states: string, probe: string, ...args: Arg[]): Result<'open' | 'closed', Context>
    breakerTakeProbe(states: string, probe: string, ...args: Arg[]): Result<[0 | 1, number], Context>
    breakerKeepProbe(probe: string, ...args: Arg[]): Result<number, Context>
    breakerRead(keys: number, ...args: Arg[]): Result<string[], Context>
  }
}

const voteMs = 30_000
const liveMs = 10_000
const probeMs = 15_000
const successesToClose = 2

export interface FleetOptions {
  redisUrl: string
  prefix?: string
  /** This process. */
  instance: string
  reset: ResetTimes
  /** Lost connections; it goes on trying. */
  onFault?: (error: unknown) => void
}

/** The verbs of the shared state. All reject while Redis is out of reach. */
export interface Fleet {
  /** Answers whether this opened the breaker for the fleet. */
  vote(key: BreakerKey, epoch: number, hard: boolean, reason: string, spread: number): Promise<boolean>
  judge(key: BreakerKey, probe: Probe, good: boolean, reason: string, spread: number): Promise<void>
  /** null: it is out, or the breaker is not half open. The lease lasts some seconds: renew it while the call runs. */
  takeProbe(key: BreakerKey, token: string): Promise<Probe | null>
  keepProbe(key: BreakerKey, token: string): Promise<void>
  dropProbe(key: BreakerKey, token: string): Promise<void>
  /** All states as they are kept, by id, with the server's time; also a sign of life for these providers. */
  read(providers: readonly string[]): Promise<{ now: number; states: Map<string, string> }>
  /** Calls back when some breaker changed, or when news may have been missed. */
  listen(changed: () => void): Promise<void>
  close(): void
}

export interface Probe {
  token: string
  epoch: number
}

export function createFleet(options: FleetOptions): Fleet {
  const { redisUrl, prefix = 'ht', instance, reset, onFault = () => {} } = options
  const retryStrategy = (tries: number) => Math.min(50 * 2 ** Math.min(tries, 6), 2_000)
  // what cannot be asked now is answered by this process alone: waiting would hold up calls
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0, commandTimeout: 2_000, retryStrategy })
  const ears = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy })
  redis.on('error', onFault)
  ears.on('error', onFault)
  redis.defineCommand('breakerVote', { numberOfKeys: 3, lua: voteLua })
  redis.defineCommand('breakerJudge', { numberOfKeys: 2, lua: judgeLua })
  redis.defineCommand('breakerTakeProbe', { numberOfKeys: 2, lua: takeProbeLua })
  redis.defineCommand('breakerKeepProbe', { numberOfKeys: 1, lua: keepProbeLua })
  redis.defineCommand('breakerRead', { lua: readLua })

  const states = `${prefix}:{breaker}:states`
  const probe = (key: BreakerKey) => `${prefix}:{breaker}:probe:${breakerId(key)}`
  const votes = (key: BreakerKey) => `${prefix}:{breaker}:votes:${breakerId(key)}`
  const live = (provider: string) => `${prefix}:{breaker}:live:${provider}`
  const times = [reset.firstMs, reset.maxMs]

  return {
    async vote(key, epoch, hard, reason, spread) {
      const args = [breakerId(key), instance, epoch, hard ? 1 : 0, reason, ...times, spread, voteMs, liveMs]
      return (await redis.breakerVote(states, votes(key), live(key.provider), ...args)) === 1
    },
    async judge(key, { token, epoch }, good, reason, spread) {
      const args = [breakerId(key), token, epoch, good ? 1 : 0, reason, ...times, spread, successesToClose]
      await redis.breakerJudge(states, probe(key), ...args)
    },
    async takeProbe(key, token) {
      const [taken, epoch] = await redis.breakerTakeProbe(states, probe(key), breakerId(key), token, probeMs)
      return taken ? { token, epoch } : null
    },
    async keepProbe(key, token) {
      await redis.breakerKeepProbe(probe(key), token, probeMs)
    },
    async dropProbe(key, token) {
      await redis.breakerKeepProbe(probe(key), token, 0)
    },
    async read(providers) {
      const keys = [states, ...providers.map(live)]
      const [now = '0', ...pairs] = await redis.breakerRead(keys.length, ...keys, instance, liveMs)
      const found = new Map<string, string>()
      for (let i = 0; i + 1 < pairs.length; i += 2) found.set(pairs[i]!, pairs[i + 1]!)
      return { now: Number(now), states: found }
    },
    async listen(changed) {
      ears.on('message', changed)
      ears.on('ready', changed)
      await ears.subscribe(states)
    },
    close() {
      redis.disconnect()
      ears.disconnect()
    },
  }
}
