import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { openUrl } from './open-url.ts'
import { runCli } from './run-cli.ts'

// `halftone`: the command line. It sees Halftone only through its HTTP doors, and the catalogue's files.

const root = resolve(import.meta.dirname, '../../..')
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // the second time somebody is impatient
    if (interruption.signal.aborted) process.exit(130)
    interruption.abort()
  })
const { stderr } = process
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question} [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  // pnpm runs scripts in the root, wherever the command was given
  cwd: process.env.INIT_CWD ?? process.cwd(),
  dir: resolve(root, process.env.HALFTONE_DIR ?? '.halftone'),
  now: Date.now,
  pause: (ms) => setTimeout(ms, undefined, { signal: interruption.signal }).catch(() => {}),
  interrupted: interruption.signal,
  screen: stderr.isTTY
    ? { columns: () => stderr.columns, draw: (line) => void stderr.write(`\r\x1b[K${line}`) }
    : null,
  open: openUrl,
  out: (text) => console.log(text),
  err: (text) => console.error(text),
  ...(process.stdin.isTTY ? { ask } : {}),
})
