import fc from 'fast-check'
import type { LayerOptions, LayerReport } from '../layer-report.ts'
import { commands } from './choice.ts'
import { openModelStores } from './model-stores.ts'
import { runCase } from './run-case.ts'

export interface ModelOptions extends LayerOptions {
  /** Default: 2,000 if short, else 20,000. */
  cases?: number
  /** A Postgres to make a database in; default: one of its own. */
  postgresUrl?: string
}

/** Cases side by side share the ledger's batches, as the jobs of many callers do. */
const lanes = 160
const shrinkMs = 10_000
const budgets = fc.option(fc.nat(2_000).map(BigInt))

/**
 * Layer A: the real ledger on a real Postgres against a model of it, command by command. Each lane is a stream of cases
 * from a seed of its own, so the seed repeats them all. The first case that fails stops the rest, and is made smaller.
 */
export async function runModel(options: ModelOptions): Promise<LayerReport> {
  const { seed, short, say, cases = short ? 2_000 : 20_000 } = options
  const startedAt = performance.now()
  const stores = await openModelStores(options.postgresUrl)
  const failures: LayerReport['failures'] = []
  let done = 0
  let failing: { lane: number; stopAt: number } | null = null

  const runLane = async (lane: number): Promise<void> => {
    const property = fc.asyncProperty(budgets, commands, async (limit, list) => {
      if (failing && (failing.lane !== lane || performance.now() > failing.stopAt)) return
      try {
        await runCase(await stores.newProject(limit), list, limit)
      } catch (error) {
        failing ??= { lane, stopAt: performance.now() + shrinkMs }
        throw error
      }
      if (++done % 1_000 === 0) say(`layer A: ${done} of ${cases} cases`)
    })
    const numRuns = Math.floor(cases / lanes) + (lane < cases % lanes ? 1 : 0)
    if (numRuns === 0) return
    const found = await fc.check(property, { seed: seed * lanes + lane, numRuns })
    if (!found.failed) return
    const { errorInstance: error, counterexamplePath: path, counterexample } = found
    const shown = fc.stringify(counterexample)
    const why = error instanceof Error ? error.message : String(error)
    failures.push({ seed, what: `lane ${lane}, path ${path}: ${why}\n${shown}` })
  }
  try {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
    if (failures.length === 0) failures.push(...(await stores.faults()).map((what) => ({ seed, what })))
  } finally {
    await stores.close()
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { ok: failures.length === 0, layer: 'A', cases: done, failures, seconds }
}
