import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../run-cli.ts'
import type { Terminal } from '../verb.ts'

const now = Date.parse('2026-11-22T12:00:00Z')

/** Runs a command as a terminal would, and answers what it said. It never waits. */
export async function run(
  args: string[],
  where: Partial<Omit<Terminal, 'out' | 'err'>> = {},
  onErr: (text: string) => void = () => {},
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const code = await runCli(args, {
    env: {},
    cwd: '/nowhere',
    dir: '/nowhere',
    now: () => now,
    pause: async () => {},
    interrupted: new AbortController().signal,
    screen: null,
    open: async () => false,
    ...where,
    out: (text) => void out.push(stripVTControlCharacters(text)),
    err(text) {
      err.push(stripVTControlCharacters(text))
      onErr(text)
    },
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
