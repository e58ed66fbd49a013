import { join, resolve } from 'node:path'
import { createLedger, migrate } from '@halftone/ledger'
import { keepRunning } from './keep-running.ts'
import { readableLine } from './log-lines.ts'
import { freePort, portFrom } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { type ServiceProcess, startService } from './service-process.ts'
import { keepSecrets, setUpProviders } from './settings.ts'

const root = resolve(import.meta.dirname, '../../..')

export interface StackOptions {
  /** Data lives here: databases, pictures, keys, the simulator's books. */
  dir: string
  /** The API's port; the next free one if it is taken. 0 = any free port. */
  port: number
  env: NodeJS.ProcessEnv
  /** What a person should read: installs, restarts. */
  say(text: string): void
  /** The services' own lines, made readable. */
  onLine(line: string): void
  /** The same lines as they are: nothing is left out of errors and their causes. */
  onRawLine?(part: string, line: string): void
  /** One step of the start is done. */
  onStep?(step: string): void
  /** How often a part may end by itself in a minute before the stack gives up. */
  restartsMax?: number
  /** Services of more than one process: the second worker is called `worker-2`, and so on. */
  processes?: Partial<Record<ServiceName, number>>
  /** What the services are told instead of the address of a part they use: something that stands between, say. */
  through?(part: 'postgres' | 'redis' | 'simulator', url: string): Promise<string>
}

type ServiceName = 'pricing' | 'health' | 'classifier' | 'webhooks' | 'worker' | 'dispatcher' | 'producer'

export interface Stack {
  api: string
  /** Every producer's: `api` is the first. */
  apis: string[]
  key: string
  adminKey: string
  webhookSecret: string
  simulator: string | null
  redis: string
  postgres: string
  docs: string
  simulate: boolean
  /** Process ids by name, as they are now. */
  pids(): Record<string, number>
  /** Resolves with the reason if the stack cannot go on: a part that fails again and again. */
  broken: Promise<string>
  stop(): Promise<void>
}

/** Starts every part as its own process, in order, each only when those before it answer. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const step = options.onStep ?? (() => {})
  const stops: (() => Promise<void>)[] = []
  let stopping: Promise<void> | undefined
  const broken = Promise.withResolvers<string>()
  const stop = () => {
    stopping ??= (async () => {
      for (const stopPart of stops.toReversed()) await stopPart().catch(() => {})
    })()
    return stopping
  }
  const pids = new Map<string, number>()

  async function keep<T extends { exited: Promise<unknown>; stop(): Promise<void> }>(
    name: string,
    start: () => Promise<T>,
  ): Promise<T> {
    const part = await keepRunning(name, start, {
      restartsMax: options.restartsMax ?? 5,
      say: options.say,
      onBroken: broken.resolve,
    })
    stops.push(part.stop)
    return part.first
  }

  try {
    const secrets = await keepSecrets(options.dir)
    const setup = await setUpProviders(options.env)
    const line = (name: string) => (text: string) => {
      options.onRawLine?.(name, text)
      options.onLine(readableLine(name, text))
    }
    const [postgresPort, redisPort, simulatorPort] = [await freePort(), await freePort(), await freePort()]
    const [postgres, redis] = await Promise.all([
      options.env.DATABASE_URL
        ? { url: options.env.DATABASE_URL }
        : keep('postgres', async () => {
            const server = await startPostgres({
              dir: join(options.dir, 'postgres'),
              port: postgresPort,
              onLine: line('postgres'),
            })
            pids.set('postgres', server.pid)
            return server
          }),
      keep('redis', async () => {
        const server = await startRedis({
          dir: join(options.dir, 'redis'),
          port: redisPort,
          env: options.env,
          say: options.say,
          onLine: line('redis'),
        })
        pids.set('redis', server.pid)
        return server
      }),
    ])
    step('Postgres and Redis')
    await migrate(postgres.url)
    const ledger = createLedger({ url: postgres.url })
    const { projectId } = await ledger.projects.ensureKey('default', secrets.key)
    const webhookSecret = await ledger.projects.webhookSecret(projectId)
    await ledger.stop()

    const port = options.port === 0 ? await freePort() : await portFrom(options.port)
    const api = `http://127.0.0.1:${port}`
    const simulator = setup.simulate ? `http://127.0.0.1:${simulatorPort}` : null
    const through = options.through ?? (async (_part, url) => url)
    const common: NodeJS.ProcessEnv = {
      PATH: options.env.PATH,
      HOME: options.env.HOME,
      NODE_COMPILE_CACHE: options.env.NODE_COMPILE_CACHE,
      NODE_OPTIONS: options.env.NODE_OPTIONS,
      HALFTONE_LOG_LEVEL: 'info',
      HALFTONE_STOP_MS: '6000',
      DATABASE_URL: await through('postgres', postgres.url),
      REDIS_URL: await through('redis', redis.url),
      HALFTONE_CATALOGUE: options.env.HALFTONE_CATALOGUE ?? 'current',
      HALFTONE_PROVIDERS: setup.providers.join(','),
      HALFTONE_SIMULATE: setup.simulate ? '1' : '0',
      HALFTONE_SIMULATOR_URL: simulator ? await through('simulator', simulator) : '',
      HALFTONE_ARTIFACTS_DIR: join(options.dir, 'artifacts'),
      HALFTONE_PUBLIC_URL: options.env.HALFTONE_PUBLIC_URL ?? api,
      HALFTONE_CALLBACK_URL: `${api}/callbacks/provider`,
      HALFTONE_URL_SECRET: secrets.urlSecret,
      HALFTONE_ADMIN_KEY: secrets.adminKey,
      HALFTONE_HOST: '127.0.0.1',
      HALFTONE_PORT: String(port),
      HALFTONE_PRICE_POLL_MS: setup.simulate ? '250' : '3600000',
      HALFTONE_WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      HALFTONE_SIM_PORT: String(simulatorPort),
      HALFTONE_SIM_BOOKS: join(options.dir, 'simulator-books.jsonl'),
      ...Object.fromEntries(
        Object.entries(options.env).filter(
          ([name]) => name.startsWith('HALFTONE_') && name !== 'HALFTONE_PORT',
        ),
      ),
    }
    common.HALFTONE_CATALOGUE = common.HALFTONE_CATALOGUE || 'current'
    common.HALFTONE_SIMULATE = setup.simulate ? '1' : '0'
    const start = (name: string, folder: string, extra: NodeJS.ProcessEnv = {}) =>
      keep(name, async () => {
        const process_: ServiceProcess = await startService({
          name,
          main: join(root, folder, 'src/main.ts'),
          env: { ...common, ...extra },
          readyMs: 60_000,
          onLine: line(name),
        })
        pids.set(name, process_.pid)
        return { ...process_, stop: () => process_.stop(8_000) }
      })
    /** As many processes of it as were asked for. */
    const service = (name: ServiceName, extra: (place: number) => NodeJS.ProcessEnv = () => ({})) =>
      Promise.all(
        Array.from({ length: options.processes?.[name] ?? 1 }, (_, place) =>
          start(place === 0 ? name : `${name}-${place + 1}`, `services/${name}`, extra(place)),
        ),
      )

    if (simulator) await start('simulator', 'packages/simulator')
    if (simulator) step('the simulator of the paid providers')
    await service('pricing')
    step('prices')
    await Promise.all([
      service('health'),
      service('classifier'),
      service('webhooks'),
      service('worker', () => setup.keys),
    ])
    const ports = [port]
    while (ports.length < (options.processes?.producer ?? 1)) ports.push(await freePort())
    await Promise.all([
      service('dispatcher'),
      service('producer', (place) => ({ HALFTONE_PORT: String(ports[place]) })),
    ])
    step('services')
    await waitReady(`${api}/health/ready`)
    return {
      api,
      apis: ports.map((one) => `http://127.0.0.1:${one}`),
      key: secrets.key,
      adminKey: secrets.adminKey,
      webhookSecret,
      simulator,
      redis: redis.url,
      postgres: postgres.url,
      docs: `${api}/docs`,
      simulate: setup.simulate,
      pids: () => Object.fromEntries(pids),
      broken: broken.promise,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function waitReady(url: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${url} did not say ready within 30 s`)
}
