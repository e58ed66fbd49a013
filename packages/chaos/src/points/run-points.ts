import { balanceFaults } from '@halftone/ledger/testing/balance-faults'
import type { LayerOptions, LayerReport } from '../layer-report.ts'
import { booksFaults, faultsOf, paymentsOf, untilEnded, untilPostgresAnswers } from './judge-case.ts'
import { post, postAndStrike, resolveAndStrike } from './live-case.ts'
import { allCases, type PointCase, rotatingCases } from './point-cases.ts'
import { type PointsStack, startPointsStack } from './points-stack.ts'

export interface PointsOptions extends LayerOptions {
  /** Instead of all cases, or of the seed's sixteen if short. */
  cases?: PointCase[]
}

/** Stacks side by side: most of a case's time is waiting for a lease or a restart. */
const stacksMax = 2

/** Layer B: real processes, struck at each named point of the money's way. Every case has a promised end and a time. */
export async function runPoints(options: PointsOptions): Promise<LayerReport> {
  const { seed, short, say } = options
  const startedAt = performance.now()
  const waiting = [...(options.cases ?? (short ? rotatingCases(seed) : allCases()))]
  const count = waiting.length
  const failures: LayerReport['failures'] = []
  const fail = (what: string) => {
    failures.push({ seed, what })
    say(`✗ ${what}`)
  }
  const lane = async (place: number): Promise<void> => {
    const points = await startPointsStack(String(place), process.env)
    const before = failures.length
    try {
      for (let spec = waiting.shift(); spec; spec = waiting.shift()) {
        const name = `${spec.point} / ${spec.strike} / ${spec.kind}`
        const begunAt = performance.now()
        const faults = await live(points, spec, `case-${place}-${waiting.length}`).catch((error: unknown) => [
          error instanceof Error ? error.message : String(error),
        ])
        const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1)
        if (faults.length === 0) say(`✓ ${name} (${seconds} s)`)
        else fail(`${name} (${seconds} s): ${faults.join('; ')}\n${points.lastLines().slice(-12).join('\n')}`)
      }
      for (const fault of await finalFaults(points)) fail(fault)
    } finally {
      await points.end(failures.length === before)
    }
  }
  await Promise.all(Array.from({ length: Math.min(stacksMax, count) }, (_, place) => lane(place)))
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { ok: failures.length === 0, layer: 'B', cases: count, failures, seconds }
}

/** Lives one case; answers what was wrong with it. */
async function live(points: PointsStack, spec: PointCase, key: string): Promise<string[]> {
  if (spec.point === 'during-resolve') return liveResolution(points, spec, key)
  const lived = await postAndStrike(points, spec, key)
  const job = await untilEnded(points, lived.jobId, spec.withinMs)
  // who was paused may still sleep
  await lived.over()
  const faults = await faultsOf(points, spec, lived, job)
  if (!lived.struck) faults.push('the point was never reached')
  if ((await post(points, key, spec.kind)) !== lived.jobId) faults.push('I10: the same key made another job')
  return faults
}

/** What brings a job to an unknown outcome, to be resolved: paid and unheard, or never sent. */
const loss = {
  sync: { point: 'paid-unanswered', strike: 'cut', kind: 'sync' },
  async: { point: 'after-claim', strike: 'kill', kind: 'async' },
} as const

async function liveResolution(points: PointsStack, spec: PointCase, key: string): Promise<string[]> {
  const lived = await postAndStrike(points, loss[spec.kind], key)
  const job = await untilEnded(points, lived.jobId, spec.withinMs)
  await lived.over()
  const faults = await faultsOf(points, spec, lived, job)
  const unknown = job.attempts.find(({ state }) => state === 'unknown')
  if (!unknown) return [...faults, 'no attempt of it is unknown']
  const payments = await paymentsOf(points, job)
  const struck = await resolveAndStrike(
    points,
    spec.strike,
    unknown.id,
    payments.reduce((sum, { nano }) => sum + nano, 0n),
  )
  await untilPostgresAnswers(points)
  if (!struck) faults.push('the point was never reached')
  const booked = await points.sql`
    select 1 from ledger_entries where attempt_id = ${unknown.id} and kind in ('resolve_paid', 'resolve_free')`
  const [after] = await points.sql<{ state: string }[]>`select state from attempts where id = ${unknown.id}`
  if (after?.state !== 'resolved') faults.push(`its attempt is ${after?.state}, not resolved`)
  if (booked.length === 0) faults.push('its resolution was not booked')
  return faults
}

async function finalFaults(points: PointsStack): Promise<string[]> {
  await untilPostgresAnswers(points)
  const books = Object.entries(await balanceFaults(points.sql)).map(
    ([rule, ids]) => `"${rule}" does not hold for ${ids.length}, as ${ids[0]}`,
  )
  return [...books, ...(await booksFaults(points))]
}
