import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { table } from '@halftone/terminal'
import { fullSizes, smokeSizes } from './bench.ts'
import { createBenchStacks } from './bench-stacks.ts'
import { parseOptions, usage } from './options.ts'
import { benches, type Result, runBenches } from './run-benches.ts'

// `bench`: how fast it is, beside something that anybody knows, on this machine and in this run.

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  const asked = options === ''
  if (asked) console.log(usage)
  else console.error(`${options}\n\n${usage}`)
  process.exit(asked ? 0 : 2)
}
const say = (text: string) => console.error(styleText('gray', text))
const stacks = createBenchStacks(process.env, say)
let code = 0
try {
  const rows: string[][] = []
  const results = await runBenches(
    options.only ? benches.filter(({ name }) => options.only?.includes(name)) : benches,
    { sizes: options.quick ? smokeSizes : fullSizes, stack: stacks.of, say },
    (bench, result) => rows.push([bench.name, ...figures(result), bench.goal, verdict(bench.met(result))]),
  )
  console.log(
    `\n${table(['bench', 'measured', 'baseline', 'ratio', 'goal', ''], rows, { text: ['bench', 'goal', ''] })}`,
  )
  if (options.quick) console.log('\n--quick: these sizes show that it runs, and measure nothing')
  if (options.json)
    await writeFile(
      resolve(process.env.INIT_CWD ?? process.cwd(), options.json),
      `${JSON.stringify(results, null, 2)}\n`,
    )
} catch (error) {
  console.error(`bench failed: ${error instanceof Error ? error.message : error}`)
  code = 1
}
await stacks.end()
process.exit(code)

function figures({ value, baseline, ratio, unit }: Result): string[] {
  const figure = (amount: number | null) =>
    amount === null ? '-' : `${amount.toLocaleString('en-US', { maximumSignificantDigits: 4 })} ${unit}`
  return [figure(value), figure(baseline), ratio === null ? '-' : ratio.toFixed(2)]
}

function verdict(met: boolean | null): string {
  if (met === null) return ''
  return met ? styleText('green', '✓') : styleText('red', '✗ missed')
}
