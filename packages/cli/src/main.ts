import { resolve } from 'node:path'
import { runCli } from './run-cli.ts'

// `halftone`: the command line. It sees Halftone only through its HTTP doors, and the catalogue's files.

const root = resolve(import.meta.dirname, '../../..')
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  // pnpm runs scripts in the root, wherever the command was given
  cwd: process.env.INIT_CWD ?? process.cwd(),
  dir: resolve(root, process.env.HALFTONE_DIR ?? '.halftone'),
  now: Date.now,
  out: (text) => console.log(text),
  err: (text) => console.error(text),
})
