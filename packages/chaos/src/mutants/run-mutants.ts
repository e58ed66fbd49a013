import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { table } from '@halftone/terminal'
import { type LayerOptions, type LayerReport, layerReportSchema } from '../layer-report.ts'
import { type Mutant, mutants } from './mutants.ts'
import { applyMutant, copyCheckout } from './mutate.ts'

export interface MutantsOptions extends LayerOptions {
  /** Only those whose name has this in it. */
  named?: string
}

/**
 * The proof that the layers bite: each mutant is laid over a copy of the checkout and must be found there by the layer
 * that is named with it; the copy without a mutant must pass all of that. Prints the table.
 */
export async function runMutants({ seed, say, named = '' }: MutantsOptions): Promise<LayerReport> {
  const startedAt = performance.now()
  const failures: LayerReport['failures'] = []
  const rows: string[][] = []
  const chosen = mutants.filter(({ name }) => name.includes(named))
  const copy = await copyCheckout()
  try {
    const cases = chosen.map(({ caughtBy }) => caughtBy)
    for (const [name, args] of controlsOf(cases, seed)) {
      const { report, seconds } = await tryLayer(copy.dir, args)
      rows.push(['nothing is changed', report.ok ? 'passes' : 'FAILS', name, seconds])
      if (!report.ok) failures.push({ seed, what: `without a mutant: ${report.failures[0]?.what}` })
      say(`${rows.at(-1)?.join(' | ')}${report.ok ? '' : `\n${report.failures[0]?.what}`}`)
    }
    for (const mutant of chosen) {
      const row = await tryMutant(copy.dir, mutant, seed).catch((error: unknown) => ({
        caught: false,
        why: error instanceof Error ? error.message : String(error),
        seconds: '-',
      }))
      rows.push([mutant.name, row.caught ? 'caught' : 'ESCAPED', mutant.caughtBy, row.seconds])
      if (!row.caught)
        failures.push({ seed, what: `"${mutant.name}" was not caught by ${mutant.caughtBy}: ${row.why}` })
      say(`${rows.at(-1)?.join(' | ')}\n    ${row.why.split('\n')[0]?.slice(0, 200)}`)
    }
  } finally {
    await copy.remove()
  }
  say(`\n${table(['mutant', '', 'by', 'seconds'], rows, { text: ['mutant', '', 'by'] })}`)
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { ok: failures.length === 0, layer: 'mutants', cases: chosen.length, failures, seconds }
}

function controlsOf(cases: Mutant['caughtBy'][], seed: number): [string, string[]][] {
  const ofB = [...new Set(cases.filter((each) => each !== 'A'))]
  const controls: [string, string[]][] = []
  if (cases.includes('A')) controls.push(['A', ['A', String(seed)]])
  if (ofB.length > 0) controls.push([`B, ${ofB.length} cases`, ofB])
  return controls
}

async function tryMutant(dir: string, mutant: Mutant, seed: number) {
  const { undo } = await applyMutant(dir, mutant)
  try {
    const { report, seconds } = await tryLayer(
      dir,
      mutant.caughtBy === 'A' ? ['A', String(seed)] : [mutant.caughtBy],
    )
    return { caught: !report.ok, why: report.failures[0]?.what ?? 'nothing was wrong', seconds }
  } finally {
    await undo()
  }
}

async function tryLayer(dir: string, args: string[]): Promise<{ report: LayerReport; seconds: string }> {
  const program = join(dir, 'packages/chaos/src/mutants/try-layer.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: dir,
    // what a failing run keeps goes with the copy
    env: { ...process.env, TMPDIR: join(dir, 'tmp') },
    maxBuffer: 1e8,
    timeout: 400_000,
  })
  const report = layerReportSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  return { report, seconds: report.seconds.toFixed(1) }
}
