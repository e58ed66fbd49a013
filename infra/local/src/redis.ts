import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { type Leashed, spawnLeashed } from './leash.ts'
import { freePort } from './ports.ts'

const run = promisify(execFile)

export interface LocalRedis {
  url: string
  /** 0 for a server that is not ours. */
  pid: number
  exited: Promise<number>
  stop(): Promise<void>
}

/**
 * `REDIS_URL` as it is; else a server found on this machine, started on a free port of loopback with its data in
 * `dir`; else one installed by the system's package manager (said aloud, and not with HALFTONE_NO_INSTALL=1);
 * else Docker's; else an error that says what to do.
 */
export async function startRedis(options: {
  dir: string
  port?: number
  env: NodeJS.ProcessEnv
  say(text: string): void
  onLine?(line: string): void
}): Promise<LocalRedis> {
  if (options.env.REDIS_URL) {
    const url = options.env.REDIS_URL
    await waitUntilAnswers(url, new Promise(() => {}), 5_000)
    return { url, pid: 0, exited: new Promise(() => {}), stop: async () => {} }
  }
  await mkdir(options.dir, { recursive: true })
  const port = options.port ?? (await freePort())
  const program = await findServer(options)
  const server = startServer(program, { port, dir: options.dir, onLine: options.onLine ?? (() => {}) })
  const url = `redis://127.0.0.1:${port}`
  const pid = await waitUntilAnswers(url, server.exited, 30_000)
  return { url, pid, exited: server.exited, stop: server.stop }
}

type Program = { kind: 'server'; path: string } | { kind: 'docker' }

async function findServer(options: { env: NodeJS.ProcessEnv; say(text: string): void }): Promise<Program> {
  const found = onPath()
  if (found) return found
  const failures: string[] = []
  if (options.env.HALFTONE_NO_INSTALL === '1') failures.push('HALFTONE_NO_INSTALL=1 forbids to install one')
  else {
    for (const installer of installers) {
      if (!which(installer.needs)) continue
      options.say(`no Redis on this machine: installing it (${installer.what})`)
      try {
        for (const command of installer.commands) await asRoot(command, installer.root)
        const installed = onPath()
        if (installed) return installed
      } catch (error) {
        failures.push(
          `${installer.what} failed: ${String((error as { stderr?: string }).stderr ?? error)
            .trim()
            .split('\n')
            .at(-1)}`,
        )
      }
    }
  }
  if (which('docker')) {
    const up = await run('docker', ['info']).then(
      () => true,
      () => false,
    )
    if (up) return { kind: 'docker' }
  }
  throw new Error(
    `no Redis: install redis-server or valkey-server, or set REDIS_URL${failures.length ? ` (${failures.join('; ')})` : ''}`,
  )
}

/** Debian's redis-tools brings the server's own binary under another name, and starts no daemon of its own. */
const installers = [
  {
    needs: 'apt-get',
    what: 'apt-get install redis-tools',
    root: true,
    commands: [
      ['apt-get', 'update', '-q'],
      ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'redis-tools'],
    ],
  },
  { needs: 'apk', what: 'apk add redis', root: true, commands: [['apk', 'add', 'redis']] },
  { needs: 'dnf', what: 'dnf install redis', root: true, commands: [['dnf', 'install', '-y', 'redis']] },
  { needs: 'brew', what: 'brew install redis', root: false, commands: [['brew', 'install', 'redis']] },
]

async function asRoot(command: string[], needsRoot: boolean): Promise<void> {
  const [program = '', ...args] = needsRoot && process.getuid?.() !== 0 ? ['sudo', '-n', ...command] : command
  await run(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 1e8 })
}

function onPath(): Program | null {
  for (const name of ['redis-server', 'valkey-server', 'redis-check-rdb']) {
    const path = which(name)
    if (path) return { kind: 'server', path }
  }
  return null
}

function which(name: string): string | null {
  for (const dir of [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/usr/sbin',
  ]) {
    const path = join(dir, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return null
}

function startServer(
  program: Program,
  options: { port: number; dir: string; onLine(line: string): void },
): Leashed {
  const settings = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', '']
  if (program.kind === 'docker')
    return spawnLeashed(
      [
        'docker',
        'run',
        '--rm',
        '-p',
        `127.0.0.1:${options.port}:6379`,
        '-v',
        `${options.dir}:/data`,
        'redis:7',
        'redis-server',
        ...settings,
      ],
      { endSignal: 'TERM', onLine: options.onLine },
    )
  const flags = [
    '--port',
    String(options.port),
    '--bind',
    '127.0.0.1',
    '--dir',
    options.dir,
    '--loglevel',
    'warning',
    ...settings,
  ]
  // Debian's checker is the server's binary: it looks at the name it is called by
  const called = program.path.endsWith('-check-rdb')
    ? ['bash', '-c', 'exec -a redis-server "$@"', 'redis', program.path]
    : [program.path]
  return spawnLeashed([...called, ...flags], { endSignal: 'TERM', onLine: options.onLine })
}

async function waitUntilAnswers(url: string, exited: Promise<number>, ms: number): Promise<number> {
  let gone = false
  exited.then(() => {
    gone = true
  })
  const until = Date.now() + ms
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 100, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  try {
    redis.connect().catch(() => {})
    while (redis.status !== 'ready') {
      if (gone) throw new Error('Redis stopped right after its start: see its lines above')
      if (Date.now() > until) throw new Error(`no Redis answers at ${url}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1] ?? 0)
  } finally {
    redis.disconnect()
  }
}
