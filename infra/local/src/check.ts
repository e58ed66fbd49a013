import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { styleText } from 'node:util'

// `check`: what CI asks of a change before it runs the tests. Every step runs, so that one look shows all faults.

const root = resolve(import.meta.dirname, '../../..')
const steps: [name: string, command: string[]][] = [
  ['format and lint', ['biome', 'check', '--error-on-warnings']],
  ['types', ['tsc', '-p', '.']],
  ['import boundaries', ['turbo', 'boundaries']],
  ['unused code and dependencies', ['knip', '--no-progress']],
]

let failed = 0
for (const [name, [program = '', ...args]] of steps) {
  const started = Date.now()
  const { code, output } = await run(resolve(root, 'node_modules/.bin', program), args)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${code === 0 ? styleText('green', '✓') : styleText('red', '✗')} ${name} (${seconds} s)`)
  if (code !== 0) {
    failed++
    console.log(output.trim())
  }
}
if (failed > 0) console.log(styleText('red', `${failed} of ${steps.length} checks failed`))
process.exit(failed === 0 ? 0 : 1)

function run(program: string, args: string[]): Promise<{ code: number; output: string }> {
  const { promise, resolve: done } = Promise.withResolvers<{ code: number; output: string }>()
  const child = spawn(program, args, { cwd: root, env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  child.on('error', (error) => done({ code: 1, output: error.message }))
  child.on('close', (code) => done({ code: code ?? 1, output }))
  return promise
}
