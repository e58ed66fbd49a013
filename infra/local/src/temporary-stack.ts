import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { onVanished, packageRunners } from './ancestors.ts'
import { type Stack, startStack } from './stack.ts'

export interface TemporaryStack {
  start(): Promise<Stack>
  /** What the services said. */
  logFile: string
  /** Stops the stack, if it was started. What the services said is kept only if something went wrong. */
  end(well: boolean): Promise<void>
}

/**
 * A stack of play money in a folder of its own, for a program that looks at it from outside. It is gone when the
 * program ends, by whatever signal, or when whoever started the program is gone.
 */
export async function createTemporaryStack(options: {
  name: string
  env: NodeJS.ProcessEnv
  say(text: string): void
  onBroken(reason: string): void
}): Promise<TemporaryStack> {
  const dir = await mkdtemp(join(tmpdir(), `halftone-${options.name}-`))
  const logFile = join(tmpdir(), `halftone-${options.name}-${process.pid}.log`)
  const log = createWriteStream(logFile)
  let stack: Stack | undefined
  let ending: Promise<void> | undefined
  const end = (well: boolean) => {
    ending ??= (async () => {
      await stack?.stop()
      await new Promise<void>((closed) => log.end(closed))
      await rm(dir, { recursive: true, force: true })
      if (well) await rm(logFile, { force: true })
    })()
    return ending
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, async () => {
      if (ending) process.exit(130)
      await end(true)
      process.exit(130)
    })
  onVanished(packageRunners(), async () => {
    await end(true)
    process.exit(1)
  })
  return {
    logFile,
    end,
    async start() {
      stack = await startStack({
        dir,
        port: 0,
        // nothing real is ever bought here
        env: { ...options.env, HALFTONE_SIMULATE: '1', DATABASE_URL: undefined, REDIS_URL: undefined },
        say: options.say,
        onLine: (line) => void log.write(`${stripVTControlCharacters(line)}\n`),
      })
      stack.broken.then(options.onBroken)
      return stack
    },
  }
}
