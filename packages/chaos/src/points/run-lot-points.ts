import { setTimeout as wait } from 'node:timers/promises'
import { type CrashPoint, jobAnswerSchema, lotPoints } from '@halftone/contracts'
import { balanceFaults } from '@halftone/ledger/testing/balance-faults'
import { z } from 'zod'
import type { LayerOptions, LayerReport } from '../layer-report.ts'
import type { Reached } from './crew.ts'
import { booksFaults, type JobNow, paymentsOf, untilEnded, untilPostgresAnswers } from './judge-case.ts'
import type { Strike } from './point-cases.ts'
import { type PointsStack, startPointsStack } from './points-stack.ts'
import { strikeAt } from './strike-process.ts'

type LotPoint = (typeof lotPoints)[number]

interface LotCase {
  point: LotPoint
  strike: Strike
}

export interface LotPointsOptions extends LayerOptions {
  cases?: LotCase[]
}

const linesPerLot = 4
const withinMs = 60_000
const model = 'openai/gpt-image-1-mini'
/** A day of a provider's batches is twelve seconds here. */
const env = {
  HALFTONE_CATALOGUE: 'current',
  HALFTONE_BATCH_HOUR_MS: '500',
  HALFTONE_BATCH_RESERVE_MS: '15000',
  HALFTONE_LOT_COLLECT_MS: '600',
  HALFTONE_LOT_POLL_MS: '200',
}

/** A process is killed at every step; longer, it is also paused past its lease, cut off, and loses its stores. */
function lotCases(short: boolean): LotCase[] {
  const strikes: Strike[] = short ? ['kill'] : ['kill', 'pause', 'cut', 'postgres-kill', 'redis-wipe']
  return strikes.flatMap((strike) => lotPoints.map((point) => ({ point, strike })))
}

/** A lot struck at each step of its life: every line ends with its picture, paid once, and no lot is submitted twice. */
export async function runLotPoints(options: LotPointsOptions): Promise<LayerReport> {
  const { seed, short, say } = options
  const startedAt = performance.now()
  const cases = options.cases ?? lotCases(short)
  const failures: LayerReport['failures'] = []
  const points = await startPointsStack('lots', process.env, env)
  try {
    for (const [place, spec] of cases.entries()) {
      const name = `${spec.point} / ${spec.strike}`
      const begunAt = performance.now()
      const faults = await live(points, spec, `lot-case-${place}`).catch((error: unknown) => [
        error instanceof Error ? error.message : String(error),
      ])
      const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1)
      say(`${faults.length === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
      const last = faults.length > 0 ? `\n${points.lastLines().slice(-12).join('\n')}` : ''
      for (const fault of faults) failures.push({ seed, what: `${name}: ${fault}${last}` })
    }
    await untilPostgresAnswers(points)
    const unbalanced = Object.entries(await balanceFaults(points.sql))
    for (const [rule, ids] of unbalanced)
      failures.push({ seed, what: `"${rule}" does not hold for ${ids.length}, as ${ids[0]}` })
    for (const what of await booksFaults(points)) failures.push({ seed, what })
  } finally {
    await points.end(failures.length === 0)
  }
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  return { ok: failures.length === 0, layer: 'lots', cases: cases.length, failures, seconds }
}

async function live(points: PointsStack, { point, strike }: LotCase, key: string): Promise<string[]> {
  await untilWorkersAreThere(points)
  const lot = await strikeLot(points, point, strike, key)
  const ended: JobNow[] = []
  for (const id of lot.jobs) ended.push(await untilEnded(points, id, withinMs))
  await lot.over()
  const faults = lot.struck() ? [] : ['the point was never reached']
  for (const [i, job] of ended.entries()) {
    const paid = await paymentsOf(points, job)
    if (job.status !== 'succeeded') faults.push(`${lot.jobs[i]} ended ${job.status} (${job.code})`)
    if (paid.length !== 1) faults.push(`${lot.jobs[i]} was paid ${paid.length} times`)
  }
  const lots = await points.sql<{ id: string; state: string }[]>`
    select distinct l.id, l.state from lots l join attempts a on a.lot_id = l.id where a.job_id = any(${lot.jobs})`
  if (lots.length === 0) faults.push('no lot was made of them')
  const batches = await batchesOf(points)
  for (const { id } of lots) {
    const made = batches.filter(({ metadata, status }) => metadata.halftone_lot === id && status !== 'failed')
    if (made.length > 1) faults.push(`${id} was submitted ${made.length} times`)
  }
  return faults
}

/** Which lot they are in is learned when it is about to be claimed; a process stands still for that moment. */
async function strikeLot(points: PointsStack, point: LotPoint, strike: Strike, key: string) {
  const { crew } = points
  const known = new Set<string>()
  let workerPid = 0
  let struck = false
  const arms = () => {
    if (struck) return []
    const watched: CrashPoint[] = ['before-lot-claim', 'after-lot-claim', point]
    const cut = strike === 'cut' && !point.startsWith('lot-')
    return [...new Set(watched)].map((at) => ({ point: at, ids: [...known], cut: cut && at === point }))
  }
  const meet = async (at: Reached) => {
    for (const id of at.ids) known.add(id)
    if (at.service === 'worker') workerPid = at.pid
    const here = at.point === point && !struck
    if (here) struck = true
    await crew.arm(arms())
    if (here) await strikeAt(at, strike, workerPid, points)
    at.go()
  }
  const meetings: Promise<void>[] = []
  crew.onReached = (at) => {
    const met = meet(at)
    met.catch(() => {})
    meetings.push(met)
  }
  const jobs = await post(points, key)
  for (const id of jobs) known.add(id)
  await crew.arm(arms())
  return {
    jobs,
    struck: () => struck,
    async over() {
      await Promise.all(meetings)
      await crew.arm([])
    },
  }
}

async function post({ client, stack, receiver }: PointsStack, key: string): Promise<string[]> {
  const deadline = new Date(Date.now() + 180_000).toISOString()
  const ids: string[] = []
  for (let i = 0; i < linesPerLot; i++) {
    const body = {
      prompt: `a red kite over a grey sea, number ${i}`,
      size: '1024x1024',
      quality: 'low',
      quality_floor: 0,
      deadline,
      routing: { model },
      webhook: { url: receiver.url },
      metadata: { case: `${key}-${i}` },
    }
    const answer = await client.until('POST', '/v1/jobs', stack.key, body, `${key}-${i}`)
    if (answer.status !== 202) throw new Error(`the post was answered ${answer.status}: ${answer.text}`)
    ids.push(jobAnswerSchema.parse(JSON.parse(answer.text)).id)
  }
  return ids
}

const batchesSchema = z.object({
  data: z.array(z.object({ id: z.string(), status: z.string(), metadata: z.record(z.string(), z.string()) })),
})

async function batchesOf({ stack }: PointsStack) {
  const headers = { authorization: 'Bearer simulated' }
  const response = await fetch(`${stack.simulator}/openai/v1/batches?limit=1000`, { headers })
  return batchesSchema.parse(await response.json()).data
}

async function untilWorkersAreThere({ stack, crew, lastLines }: PointsStack): Promise<void> {
  const names = ['producer', 'classifier', 'dispatcher', 'worker', 'worker-2', 'simulator', 'webhooks']
  const missing = () => names.filter((name) => !crew.has(stack.pids()[name] ?? 0))
  for (const end = Date.now() + 30_000; missing().length > 0; await wait(50))
    if (Date.now() > end) throw new Error(`${missing()} did not come back:\n${lastLines().join('\n')}`)
}
