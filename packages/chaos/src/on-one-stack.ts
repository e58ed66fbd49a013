import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, type StackOptions, startStack } from '@halftone/local'
import postgres from 'postgres'
import type { LayerReport } from './layer-report.ts'

/** What a layer is told that plays on a stack of its own. */
export interface OwnStackOptions {
  seed: number
  env: NodeJS.ProcessEnv
  say(text: string): void
  /** Told as soon as there is something to stop. */
  onEnd(end: () => Promise<void>): void
}

const linesKept = 20

/** Plays a layer on one stack in a folder of its own, and removes both. What stops the play is a finding of `seed`. */
export async function onOneStack(
  options: OwnStackOptions & {
    layer: string
    cases: number
    settings: NodeJS.ProcessEnv
    processes?: StackOptions['processes']
  },
  play: (
    stack: Stack,
    sql: postgres.Sql,
    found: (seed: number, what: readonly string[]) => void,
  ) => Promise<void>,
): Promise<LayerReport> {
  const { layer, cases, seed, say } = options
  const started = Date.now()
  const dir = await mkdtemp(join(tmpdir(), `halftone-${layer}-`))
  let stack: Stack | undefined
  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= (async () => {
      await stack?.stop()
      await rm(dir, { recursive: true, force: true })
    })()
    return ending
  }
  options.onEnd(end)
  const lines: string[] = []
  const failures: LayerReport['failures'] = []
  try {
    stack = await startStack({
      dir,
      port: 0,
      env: {
        ...options.env,
        ...options.settings,
        HALFTONE_SIMULATE: '1',
        DATABASE_URL: undefined,
        REDIS_URL: undefined,
      },
      processes: options.processes,
      say,
      onLine: (line) => {
        lines.push(line)
        if (lines.length > linesKept) lines.shift()
      },
    })
    const sql = postgres(stack.postgres, { max: 1, onnotice: () => {} })
    try {
      await play(stack, sql, (of, what) => failures.push(...what.map((one) => ({ seed: of, what: one }))))
    } finally {
      await sql.end()
    }
  } catch (error) {
    failures.push({ seed, what: `${error instanceof Error ? error.message : error}\n${lines.join('\n')}` })
  } finally {
    await end()
  }
  const seconds = Math.round((Date.now() - started) / 1_000)
  return { ok: failures.length === 0, layer, cases, failures, seconds }
}
