import { writeFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import { onVanished, packageRunners } from '@halftone/local'
import { runBudgets } from './budgets/run-budgets.ts'
import { runDeadlines } from './deadlines/run-deadlines.ts'
import type { LayerReport } from './layer-report.ts'
import { runLayer } from './load-layer.ts'
import type { OwnStackOptions } from './on-one-stack.ts'
import { type ChaosOptions, parseOptions, usage } from './options.ts'
import { keepFailingSeed, readFailingSeeds } from './runs/failing-seeds.ts'
import { printRun } from './runs/print-run.ts'
import { runChaos } from './runs/run-chaos.ts'
import type { RunReport } from './runs/run-report.ts'

// `chaos`: what may never happen, tried hard. Every run prints the seed that repeats it.

if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
let options: ChaosOptions
try {
  options = parseOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd())
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  process.exit(2)
}

let end: ((keep: boolean) => Promise<void>) | undefined
const onEnd = (how: (keep: boolean) => Promise<void>) => {
  end = how
}
let stopping = false
async function stop(): Promise<void> {
  if (stopping) process.exit(130)
  stopping = true
  await end?.(false)
  process.exit(130)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
onVanished(packageRunners(), stop)

const say = (text: string) => console.log(text)
const wanted = new Set(options.only ?? ['C', 'budgets', 'deadlines', 'A', 'B', 'lots'])
const result: { ok: boolean; replayed?: Pick<RunReport, 'seed' | 'jobs' | 'ok'>[]; layers: LayerReport[] } = {
  ok: true,
  layers: [],
}
let run: RunReport | undefined

try {
  if (wanted.has('C')) {
    const { seed, jobs, faults } = options
    for (const known of await readFailingSeeds()) {
      say(styleText('yellow', `a seed that once broke ${known.broke.join(', ')}:`))
      const { ok } = await runOne(known)
      result.replayed = [...(result.replayed ?? []), { seed: known.seed, jobs: known.jobs, ok }]
      result.ok &&= ok
    }
    run = await runOne({ seed, jobs, faults })
    result.ok &&= run.ok
    await writeJson()
  }
  const { seed, rounds, jobs } = options
  const own: OwnStackOptions = { seed, env: process.env, say, onEnd }
  if (wanted.has('budgets')) await tell(await runBudgets({ ...own, rounds }))
  if (wanted.has('deadlines')) await tell(await runDeadlines({ ...own, jobs }))
  for (const layer of ['A', 'B', 'lots', 'mutants'] as const) {
    if (!wanted.has(layer)) continue
    const report = await runLayer(layer, { seed: options.seed, short: options.short, say })
    if (report) await tell(report)
    // asked for by name, a layer that is not there is no success
    else result.ok &&= !options.only
  }
} catch (error) {
  console.error(`chaos failed: ${error instanceof Error ? error.stack : error}`)
  result.ok = false
}
await writeJson()
process.exit(result.ok ? 0 : 1)

async function runOne({ seed, jobs, faults }: Pick<ChaosOptions, 'seed' | 'jobs' | 'faults'>) {
  const report = await runChaos({
    seed,
    jobs,
    faults,
    env: process.env,
    keep: options.keep,
    say,
    onEnd,
  })
  printRun(report)
  if (!report.ok)
    await keepFailingSeed({
      seed,
      jobs,
      faults,
      broke: Object.keys(report.violations),
      commit: report.commit,
    })
  const { folder: _, trace: __, ...line } = report
  say(JSON.stringify(line))
  return report
}

async function tell(report: LayerReport): Promise<void> {
  result.layers.push(report)
  result.ok &&= report.ok
  const mark = report.ok ? styleText('green', '✓') : styleText('red', '✗')
  say(`${mark} ${report.layer}: ${report.cases} cases in ${report.seconds} s`)
  for (const failure of report.failures) say(`  seed ${failure.seed}: ${failure.what}`)
  await writeJson()
}

/** After each part, so that whoever ends a long run has what was found. */
async function writeJson(): Promise<void> {
  if (options.json) await writeFile(options.json, `${JSON.stringify({ ...run, ...result }, null, 2)}\n`)
}
