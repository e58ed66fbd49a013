import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Struck } from '../faults/fault.ts'
import { longestStillMs } from '../invariants/always-moving.ts'
import type { Facts } from '../invariants/facts.ts'
import { sumsEqual, sumsOf } from '../invariants/sums-equal.ts'
import type { RunOptions } from './run-chaos.ts'
import type { RunReport } from './run-report.ts'

/** All that a run was, in one object. `before`: at the first quiet moment, `after`: when nothing more was found out. */
export function writeReport(run: {
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

export async function commitOf(): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD']).catch(() => ({
    stdout: 'unknown',
  }))
  return stdout.trim()
}
