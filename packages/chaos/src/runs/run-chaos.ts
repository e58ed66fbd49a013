import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { judge } from '../invariants/all-invariants.ts'
import { sumsEqual } from '../invariants/sums-equal.ts'
import type { ChaosStack } from './chaos-stack.ts'
import { createClient } from './client.ts'
import { gatherFacts } from './gather-facts.ts'
import { makeTrouble } from './make-trouble.ts'
import { openScene, type Scene } from './open-scene.ts'
import { postAgain } from './post-load.ts'
import type { RunReport } from './run-report.ts'
import { untilQuiet, untilReconciled } from './until-quiet.ts'
import { commitOf, writeReport } from './write-report.ts'

export interface RunOptions {
  seed: number
  jobs: number
  faults: number
  env: NodeJS.ProcessEnv
  keep: boolean
  say(text: string): void
  /** Told as soon as there is something to stop. */
  onEnd(end: ChaosStack['end']): void
}

/** One run of layer C: real processes, a seeded schedule of faults and of jobs, and the twelve invariants after it. */
export async function runChaos(options: RunOptions): Promise<RunReport> {
  const started = Date.now()
  const commit = await commitOf()
  options.say(`seed ${options.seed}: ${options.jobs} jobs, ${options.faults} faults, commit ${commit}`)
  // of the two fifths that are posted alone, the poor project has a part: about a third of what its jobs hold
  const poorBudgetUsd = (options.jobs * 0.4 * 0.15 * 0.01).toFixed(2)
  const scene = await openScene({ ...options, poorBudgetUsd })
  let ok = false
  try {
    const report = await runOn(scene, options, { started, commit })
    ok = report.ok
    return report
  } finally {
    await scene.close(!ok || options.keep)
  }
}

async function runOn(
  scene: Scene,
  options: RunOptions,
  { started, commit }: { started: number; commit: string },
): Promise<RunReport> {
  const { dir, broken } = scene
  const client = createClient({ apis: scene.stack.apis, onText: scene.heard })
  const { posted, failures, trace, priceChanges, watch } = await makeTrouble(scene, client, options)
  scene.calmReceiver()
  await untilQuiet(watch, broken, options.say)
  await postAgain(posted, client).catch((error: Error) => failures.push(error.message))
  await scene.lookIntoRedis()

  const { deliveries } = scene.receiver
  const { samples } = watch
  const gather = async () =>
    gatherFacts({ ...scene, deliveries, leaks: await scene.leaks(), posted, priceChanges, samples, trace })
  const before = await gather()
  await untilReconciled(watch)
  const after = await gather()
  await watch.stop()

  const early = sumsEqual(before).map((text) => `before reconciliation: ${text}`)
  const found = judge(after)
  const reason = broken()
  const violations: Record<string, string[]> = { ...found, I4: [...early, ...found.I4] }
  if (failures.length > 0) violations.customer = failures
  if (reason !== null) violations.stack = [reason]
  const report = writeReport({ options, started, commit, before, after, violations, trace })
  report.webhooks.turned_away = scene.receiver.refused
  report.crashes = scene.crashes
  report.folder = report.ok && !options.keep ? null : dir
  if (report.folder)
    await writeFile(join(dir, 'facts.json'), JSON.stringify({ report, facts: after }, bigintsAsText, 1))
  return report
}

const bigintsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
