import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ServiceProcess {
  name: string
  pid: number
  /** What it said when it was ready. */
  announced: Record<string, unknown>
  exited: Promise<string>
  stop(graceMs: number): Promise<void>
}

/**
 * Starts a service as a process of its own and waits until it says that it is ready. It has its own process group, so
 * that Ctrl-C reaches it through us, in order; and a channel to us, so that it stops when we vanish.
 */
export async function startService(options: {
  name: string
  main: string
  env: NodeJS.ProcessEnv
  readyMs: number
  onLine(line: string): void
}): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [options.main], {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  })
  const lastLines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    readLines(stream, (line) => {
      lastLines.push(line)
      if (lastLines.length > 5) lastLines.shift()
      options.onLine(line)
    })
  const exited = once(child, 'exit').then(([code, signal]) =>
    signal ? `was ended by ${signal}` : `ended with code ${code}`,
  )
  const announced = await waitReady(child, exited, options, lastLines)
  return {
    name: options.name,
    pid: child.pid ?? 0,
    announced,
    exited,
    async stop(graceMs) {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    },
  }
}

async function waitReady(
  child: ChildProcess,
  exited: Promise<string>,
  options: { name: string; readyMs: number },
  lastLines: string[],
): Promise<Record<string, unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>()
  child.on('message', (message) => {
    if (typeof message === 'object' && message && 'ready' in message) resolve({ ...message })
  })
  exited.then((how) =>
    reject(new Error(`${options.name} ${how} before it was ready:\n  ${lastLines.join('\n  ')}`)),
  )
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    reject(
      new Error(
        `${options.name} was not ready within ${options.readyMs / 1000} s:\n  ${lastLines.join('\n  ')}`,
      ),
    )
  }, options.readyMs)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) onLine(line)
  })
}
