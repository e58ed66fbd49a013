import { styleText } from 'node:util'
import { runLayer } from './load-layer.ts'
import { parseOptions, usage } from './options.ts'

// `chaos`: what may never happen, tried hard. Every run prints the seed that repeats it.

if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
let options: ReturnType<typeof parseOptions>
try {
  options = parseOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd())
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exit(2)
}
const wanted = new Set(options.only ?? ['C', 'budgets', 'A', 'B'])
const { seed, short } = options
const say = (text: string) => console.log(text)
let ok = true
for (const layer of ['A', 'B', 'mutants'] as const) {
  if (!wanted.has(layer)) continue
  const report = await runLayer(layer, { seed, short, say })
  if (!report) {
    ok = false
    continue
  }
  ok &&= report.ok
  const mark = report.ok ? styleText('green', '✓') : styleText('red', '✗')
  say(`${mark} layer ${report.layer}: ${report.cases} cases in ${report.seconds} s`)
  for (const failure of report.failures) say(`  seed ${failure.seed}: ${failure.what}`)
}
process.exit(ok ? 0 : 1)
