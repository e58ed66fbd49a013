import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import postgres from 'postgres'
import type { Struck } from '../faults/fault.ts'
import { createSimulatorControl } from '../faults/simulator-control.ts'
import { strike, type Victim } from '../faults/strike.ts'
import { gapMs, writeSchedule } from '../faults/write-schedule.ts'
import { judge } from '../invariants/all-invariants.ts'
import { longestStillMs } from '../invariants/always-moving.ts'
import type { Facts } from '../invariants/facts.ts'
import { sumsEqual, sumsOf } from '../invariants/sums-equal.ts'
import { type ChaosStack, callsPerWorker, startChaosStack, workers } from './chaos-stack.ts'
import { createClient } from './client.ts'
import { gatherFacts } from './gather-facts.ts'
import { createLeakWatch } from './leak-watch.ts'
import { postAgain, postLoad } from './post-load.ts'
import { leaksInDatabase } from './read-database.ts'
import { createRunClock } from './run-clock.ts'
import type { RunReport } from './run-report.ts'
import { plantedWords, secretWords, setUpCustomers } from './set-up.ts'
import { showProgress } from './show-progress.ts'
import { type ProgressWatch, watchProgress } from './watch-progress.ts'
import { receiveWebhooks } from './webhook-receiver.ts'
import { writeLoad } from './write-load.ts'

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

const horizonMsMin = 5_000
/** Quiet comes when all is done. Whoever waits for it gives up after so long without any progress. */
const stillMsMax = 90_000
/** Reconciliation gets as long as it makes progress, and not longer than this. */
const reconcileMsMax = 90_000
const noNewsMs = 8_000

/** One run of layer C: real processes, a seeded schedule of faults and of jobs, and the twelve invariants after it. */
export async function runChaos(options: RunOptions): Promise<RunReport> {
  const { seed, jobs: count, say } = options
  const started = Date.now()
  const commit = await commitOf()
  const words = plantedWords()
  let secrets: Record<string, string> = {}
  const canaries = () => ({ 'provider key': words.providerKey, prompt: words.prompt, ...secrets })
  // a customer is told its own prompt back
  const leaks = createLeakWatch(
    canaries,
    (where, what) => what === 'prompt' && where === 'an answer of the API',
  )
  say(`seed ${seed}: ${count} jobs, ${options.faults} faults, commit ${commit}`)
  const { dir, stack, proxies, broken, crashes, end } = await startChaosStack({
    env: options.env,
    providerKey: words.providerKey,
    say,
    onRawLine: (line) => leaks.look('a log', line),
    onEnd: options.onEnd,
  })
  secrets = await secretWords(dir, stack)
  const sql = postgres(stack.postgres, {
    max: 2,
    types: { bigint: postgres.BigInt },
    onnotice: () => {},
    connect_timeout: 5,
  })
  const simulator = createSimulatorControl(stack.simulator ?? '')
  let troubled = true
  const webhookSecrets = [stack.webhookSecret]
  const receiver = await receiveWebhooks({
    secrets: () => webhookSecrets,
    troubled: () => troubled,
    onText: (text) => leaks.look('a webhook', text),
  })
  let ok = false
  try {
    await sql.unsafe(await readFile(new URL('./audit.sql', import.meta.url), 'utf8'))
    const poorJobs = count * 0.4 * 0.15
    const { poorKey, picture, mask } = await setUpCustomers(stack, (poorJobs * 0.01).toFixed(2))
    const rows = await sql<{ secret: string }[]>`select webhook_secret as secret from projects`
    webhookSecrets.push(...rows.map(({ secret }) => secret))

    const load = writeLoad({ seed, count, canary: words.prompt, picture, mask })
    const schedule = writeSchedule(seed, options.faults)
    const planned = schedule.map(({ atMs, name }) => `${(atMs / 1_000).toFixed(1)} s ${name}`)
    say(`schedule: ${planned.join(', ') || 'no faults'}`)
    const horizonMs = Math.max(horizonMsMin, options.faults * gapMs)
    const client = createClient({
      apis: stack.apis,
      onText: (text) => leaks.look('an answer of the API', text),
    })
    const trace: Struck[] = []
    const priceChanges: Facts['priceChanges'] = []
    let active = 0
    const progress = showProgress(count, options.faults)
    const watch: ProgressWatch = watchProgress(
      sql,
      () => active,
      () => {
        const now = watch.latest()
        const note = now
          ? `${now.live} live · ${now.unknown} unknown · ${receiver.deliveries.length} webhooks · ${active} faults active`
          : ''
        progress.update({ ended: now?.ended ?? 0, jobs: count, faults: trace.length, note })
      },
    )
    const victim: Victim = {
      dir,
      stack,
      proxies,
      simulator,
      listed: await simulator.rules(),
      callsPerWorker,
      workers,
      beforeWipe: () => leaks.lookInto('Redis', join(dir, 'redis')),
      onPrice: (change) => priceChanges.push(change),
    }
    const clock = createRunClock({
      horizonMs,
      done: () => (watch.latest()?.ended ?? 0) / count,
    })
    const posting = postLoad({
      load,
      client,
      keys: { rich: stack.key, poor: poorKey },
      webhookUrl: receiver.url,
      until: clock.until,
      seed,
    })
    await Promise.all(
      schedule.map(async (scheduled) => {
        await clock.until(scheduled.atMs / horizonMs)
        active++
        trace.push(await strike(scheduled, victim))
        active--
      }),
    )
    const { posted, failures } = await posting
    clock.stop()
    troubled = false
    await untilQuiet(watch, broken, say)
    await postAgain(posted, client).catch((error: Error) => failures.push(error.message))
    await leaks.lookInto('Redis', join(dir, 'redis'))
    const inDatabase = await leaksInDatabase(sql, canaries(), belongs)
    const gather = () =>
      gatherFacts({
        sql,
        dir,
        simulator,
        posted,
        deliveries: receiver.deliveries,
        leaks: [...leaks.found(), ...inDatabase],
        priceChanges,
        samples: watch.samples,
        trace,
      })
    const before = await gather()
    await untilReconciled(watch)
    const after = await gather()
    await watch.stop()
    progress.stop()
    trace.sort((a, b) => a.begunAt - b.begunAt)

    const violations: Record<string, string[]> = judge(after)
    violations.I4 = [
      ...sumsEqual(before).map((text) => `before reconciliation: ${text}`),
      ...sumsEqual(after),
    ]
    if (failures.length > 0) violations.harness = failures
    if (broken() !== null) violations.stack = [broken() ?? '']
    const report = writeReport({ options, started, commit, before, after, violations, trace })
    report.webhooks.turned_away = receiver.refused
    report.crashes = crashes
    ok = report.ok
    report.folder = ok && !options.keep ? null : dir
    if (report.folder)
      await writeFile(join(dir, 'facts.json'), JSON.stringify({ report, facts: after }, bigintsAsText, 1))
    return report
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
    await receiver.close()
    await end(!ok || options.keep)
  }
}

/** Where a word has its right place in the database. */
function belongs(table: string, what: string): boolean {
  return (
    (what === 'prompt' && ['jobs', 'quotes'].includes(table)) ||
    (what === 'webhook secret' && table === 'projects')
  )
}

async function untilQuiet(
  watch: ProgressWatch,
  broken: () => string | null,
  say: (text: string) => void,
): Promise<void> {
  const asked = watch.samples.length
  let [done, since] = [-1, Date.now()]
  while (Date.now() - since < stillMsMax && broken() === null) {
    const now = watch.latest()
    const fresh = watch.samples.length > asked + 1
    if (fresh && now && now.ended === now.jobs && now.live === 0 && now.webhooksWaiting === 0) return
    if (now && now.done !== done) [done, since] = [now.done, Date.now()]
    await wait(300)
  }
  say('it did not get quiet in time')
}

/** As long as unknown outcomes are still being found out; the providers' reports come with a lag. */
async function untilReconciled(watch: ProgressWatch): Promise<void> {
  const end = Date.now() + reconcileMsMax
  let last = watch.latest()?.unknown ?? 0
  let since = Date.now()
  while (last > 0 && Date.now() < end && Date.now() - since < noNewsMs) {
    await wait(300)
    const now = watch.latest()
    if (!now || now.unknown === last) continue
    last = now.unknown
    since = Date.now()
  }
}

function writeReport(run: {
  options: RunOptions
  started: number
  commit: string
  before: Facts
  after: Facts
  violations: Record<string, string[]>
  trace: Struck[]
}): RunReport {
  const { options, before, after, violations, trace } = run
  const [early, sums] = [sumsOf(before), sumsOf(after)]
  const count = (facts: Facts, state: string) => facts.attempts.filter((one) => one.state === state).length
  const countBy = <T>(list: T[], key: (item: T) => string) =>
    Object.fromEntries([...Map.groupBy(list, key)].map(([name, { length }]) => [name, length]))
  const held = (name: string) => (violations[name] ?? []).length === 0
  const names = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12'] as const
  return {
    ok: Object.keys(violations).every(held),
    seed: options.seed,
    jobs: options.jobs,
    accepted: after.jobs.length,
    faults: countBy(trace, ({ name }) => name),
    invariants: Object.fromEntries(names.map((name) => [name, held(name)])) as RunReport['invariants'],
    payments: after.payments.length,
    unknown: count(after, 'unknown'),
    ledger_nano: Number(sums.ledger),
    simulator_nano: Number(sums.simulator),
    seconds: Math.round((Date.now() - run.started) / 1_000),
    commit: run.commit,
    violations: Object.fromEntries(Object.entries(violations).filter(([, found]) => found.length > 0)),
    unknown_paid_nano: Number(sums.unknownPaid),
    price_lag_nano: Number(sums.priceLag),
    resolved: count(after, 'resolved'),
    before_reconciliation: {
      unknown: count(before, 'unknown'),
      ledger_nano: Number(early.ledger),
      unknown_paid_nano: Number(early.unknownPaid),
      equal: sumsEqual(before).length === 0,
    },
    statuses: countBy(after.jobs, ({ status }) => status),
    webhooks: { messages: after.messages.length, deliveries: after.deliveries.length, turned_away: 0 },
    crashes: {},
    longest_still_ms: longestStillMs(after.samples),
    trace,
    folder: null,
  }
}

async function commitOf(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD']).catch(() => ({
    stdout: 'unknown',
  }))
  return stdout.trim()
}

const bigintsAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
