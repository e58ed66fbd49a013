import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../run-cli.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

/** Runs a command as a terminal would, and answers what it said. */
export async function run(
  args: string[],
  where: { env?: NodeJS.ProcessEnv; dir?: string; cwd?: string; now?: () => number } = {},
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCli(args, {
    env: {},
    cwd: '/nowhere',
    dir: '/nowhere',
    now: () => now,
    ...where,
    out: (text) => void out.push(stripVTControlCharacters(text)),
    err: (text) => void err.push(stripVTControlCharacters(text)),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
