import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { onVanished, packageRunners } from './ancestors.ts'
import { removeRunFile, runningStack, writeRunFile } from './run-file.ts'
import { type Stack, startStack } from './stack.ts'

// `start`: the whole system on this machine, until Ctrl-C. Data stays in .halftone/ and is resumed.

const root = resolve(import.meta.dirname, '../../..')
const dir = resolve(root, process.env.HALFTONE_DIR ?? '.halftone')
if (existsSync(resolve(root, '.env'))) process.loadEnvFile(resolve(root, '.env'))

const already = runningStack(dir)
if (already) {
  console.error(
    `a stack already runs at ${already.api} (process ${already.pid}): use it, or stop it with: kill ${already.pid}`,
  )
  process.exit(1)
}

let stack: Stack | undefined
let stopping = false
async function stop(why: string, code: number): Promise<void> {
  if (stopping) process.exit(130)
  stopping = true
  console.log(`\n${why}: stopping`)
  setTimeout(() => process.exit(code), 25_000).unref()
  await stack?.stop()
  await removeRunFile(dir)
  console.log('everything is stopped; the data stays in .halftone/')
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal, 0))
onVanished(packageRunners(), () => stop('whoever started this is gone', 0))

await mkdir(dir, { recursive: true, mode: 0o700 })
try {
  stack = await startStack({
    dir,
    port: Number(process.env.HALFTONE_PORT ?? 8080),
    env: process.env,
    say: (text) => console.log(text),
    onLine: (line) => console.log(line),
    onStep: (step) => console.log(`✓ ${step}`),
  })
} catch (error) {
  console.error(`could not start: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
await writeRunFile(dir, stack)
console.log(`
Halftone is up${stack.simulate ? ' (no provider key is set: the simulator plays the paid providers, its money is play money)' : ''}

  API      ${stack.api}
  docs     ${stack.docs}
  key      ${stack.key}
  more     .halftone/run.json   (admin key, webhook secret, Redis, Postgres)

Ctrl-C stops it.
`)
stack.broken.then((reason) => stop(reason, 1))
