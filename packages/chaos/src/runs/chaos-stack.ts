import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, startStack } from '@halftone/local'
import { cutLines, providers } from '../faults/fault.ts'
import { createTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts'

export interface ChaosStack {
  dir: string
  stack: Stack
  proxies: Record<(typeof cutLines)[number], TcpProxy>
  broken(): string | null
  /** Services that ended by themselves, unkilled, and how often. */
  crashes: Record<string, number>
  /** Stops it; the folder goes with it unless it is to be looked at. Repeated calls are one. */
  end(keep: boolean): Promise<void>
}

/** Calls that one worker process has out at most, to all providers together. */
const perPool = 6
export const callsPerWorker = providers.length * perPool
export const workers = 2

/** Two processes of whatever may be more than one, a proxy before each store and before the providers, short leases. */
export async function startChaosStack(options: {
  env: NodeJS.ProcessEnv
  providerKey: string
  say(text: string): void
  onRawLine(line: string): void
  /** Told as soon as there is something to stop. */
  onEnd(end: ChaosStack['end']): void
}): Promise<ChaosStack> {
  const dir = await mkdtemp(join(tmpdir(), 'halftone-chaos-'))
  const log = createWriteStream(join(dir, 'services.log'))
  const proxies: Partial<ChaosStack['proxies']> = {}
  let stack: Stack | undefined
  let broken: string | null = null
  const crashes: Record<string, number> = {}
  let ending: Promise<void> | undefined
  const end = (keep: boolean) => {
    ending ??= (async () => {
      await stack?.stop()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await new Promise<void>((closed) => log.end(closed))
      if (!keep) await rm(dir, { recursive: true, force: true })
    })()
    return ending
  }
  options.onEnd(end)
  const limits = { requests_per_minute: 1_000_000, concurrent: perPool }
  try {
    stack = await startStack({
      dir,
      port: 0,
      env: {
        ...options.env,
        DATABASE_URL: undefined,
        REDIS_URL: undefined,
        HALFTONE_CATALOGUE: 'current',
        HALFTONE_SIMULATE: '1',
        HALFTONE_SIMULATED_KEY: options.providerKey,
        HALFTONE_SIM_LATENCY: '0.25',
        HALFTONE_LEASE_MS: '5000',
        HALFTONE_CALL_TIMEOUT_MS: '10000',
        HALFTONE_FIND_MS: '4000',
        HALFTONE_SIM_USAGE_LAG_MS: '2000',
        // the providers that faults are written for
        HALFTONE_PROVIDERS: providers.join(','),
        HALFTONE_POOLS: providers.join(','),
        HALFTONE_LIMITS: JSON.stringify(Object.fromEntries(providers.map((id) => [id, limits]))),
        HALFTONE_WEBHOOK_SCHEDULE_MS: [300, 600, ...Array(60).fill(1_500)].join(','),
      },
      restartsMax: 40,
      processes: { worker: workers, dispatcher: 2, producer: 2 },
      async through(part, url) {
        const { hostname, port } = new URL(url)
        const proxy = await createTcpProxy({ host: hostname, port: Number(port) })
        proxies[part] = proxy
        return url.replace(`:${port}`, `:${proxy.port}`)
      },
      say(text) {
        log.write(`— ${text}\n`)
        const crashed = /^(\S+) ended with code/.exec(text)?.[1]
        // the stores end so when they are killed
        if (crashed && crashed !== 'postgres' && crashed !== 'redis')
          crashes[crashed] = (crashes[crashed] ?? 0) + 1
      },
      onLine: () => {},
      onRawLine(part, line) {
        log.write(`${part} ${line}\n`)
        options.onRawLine(line)
      },
    })
  } catch (error) {
    await end(true)
    throw new Error(`the stack did not start, see ${dir}: ${error instanceof Error ? error.message : error}`)
  }
  stack.broken.then((reason) => {
    broken = reason
    options.say(`the stack broke: ${reason}`)
  })
  const { redis, postgres, simulator } = proxies
  if (!redis || !postgres || !simulator) throw new Error(`no proxy before one of ${cutLines.join(', ')}`)
  return { dir, stack, proxies: { redis, postgres, simulator }, broken: () => broken, crashes, end }
}
