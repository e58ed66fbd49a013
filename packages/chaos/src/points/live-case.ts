import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type CrashPoint, jobAnswerSchema } from '@halftone/contracts'
import type { ArmFor, Reached } from './crew.ts'
import type { Kind, PointCase, Strike } from './point-cases.ts'
import type { PointsStack } from './points-stack.ts'
import { strikeAt } from './strike-process.ts'

const models = { sync: 'openai/dall-e-4', async: 'replicate/stable-diffusion-3.5-turbo' } as const
/** Which end of the queue a ticket is relayed to: the classifier's by the producer, a pool's by the dispatcher. */
const relays = { sync: 'producer', async: 'dispatcher' } as const
const provider: readonly CrashPoint[] = ['mid-request', 'request-unpaid', 'paid-unanswered', 'mid-body']
const needed = ['producer', 'classifier', 'dispatcher', 'worker', 'worker-2', 'simulator', 'webhooks']
const crewMs = 30_000

interface Lived {
  jobId: string
  key: string
  /** The point was reached and struck. */
  struck: boolean
}

/**
 * Posts one job and strikes when it comes to the point. Which ids to wait for is learned on the way: the job's when it
 * is accepted, its attempt's when it is claimed; both stand still for that moment.
 */
export async function postAndStrike(
  points: PointsStack,
  { point, strike, kind }: Pick<PointCase, 'point' | 'strike' | 'kind'>,
  key: string,
): Promise<Lived & { over(): Promise<void> }> {
  const { crew } = points
  await untilThere(points)
  const known = new Set([key])
  let workerPid = 0
  let struck = false
  const arms = (): ArmFor[] => {
    if (struck) return []
    const watch = (at: CrashPoint): ArmFor => ({ point: at, ids: [...known], cut: false })
    const target: ArmFor = { ...watch(point), cut: strike === 'cut' && !provider.includes(point) }
    if (point === 'inside-add-bulk' || point === 'before-mark-sent') target.service = relays[kind]
    const watched: CrashPoint[] = ['before-accept-commit', 'after-claim']
    return [...watched.filter((at) => at !== point).map(watch), target]
  }
  const meet = async (at: Reached) => {
    const before = known.size
    for (const id of at.ids) known.add(id)
    if (at.point === 'after-claim') workerPid = at.pid
    const here = at.point === point && !struck
    if (here) struck = true
    if (here || known.size > before) await crew.arm(arms())
    if (here) await strikeAt(at, strike, workerPid, points)
    at.go()
  }
  const meetings: Promise<void>[] = []
  crew.onReached = (at) => {
    const met = meet(at)
    met.catch(() => {})
    meetings.push(met)
  }
  await crew.arm(arms())
  const jobId = await post(points, key, kind)
  return {
    jobId,
    key,
    get struck() {
      return struck
    },
    async over() {
      await Promise.all(meetings)
      await crew.arm([])
    },
  }
}

/** As a careful customer does: the same again under the same key until it is answered. */
export async function post(
  { client, stack, receiver }: PointsStack,
  key: string,
  kind: Kind,
): Promise<string> {
  const body = {
    prompt: 'a red kite over a grey sea',
    size: '1024x1024',
    routing: { model: models[kind], on_unknown: 'hold' },
    webhook: { url: receiver.url },
    metadata: { case: key },
  }
  const answer = await client.until('POST', '/v1/jobs', stack.key, body, key)
  if (answer.status !== 202) throw new Error(`the post was answered ${answer.status}: ${answer.text}`)
  return jobAnswerSchema.parse(JSON.parse(answer.text)).id
}

/** Resolves an unknown attempt in a process of its own, which is struck in the middle; again until it is done. */
export async function resolveAndStrike(
  points: PointsStack,
  strike: Strike,
  attemptId: string,
  nano: bigint,
): Promise<boolean> {
  let struck = false
  points.crew.onReached = async (at) => {
    if (struck) return at.go()
    struck = true
    await points.crew.arm([])
    await strikeAt(at, strike, at.pid, points)
    at.go()
  }
  await points.crew.arm([{ point: 'during-resolve', ids: [attemptId], cut: strike === 'cut' }])
  const program = join(import.meta.dirname, 'resolve-once.ts')
  const resolveOnce = () =>
    promisify(execFile)(process.execPath, [program, attemptId, String(nano)], { env: points.env })
  for (let tries = 0; ; tries++) {
    try {
      await resolveOnce()
      return struck
    } catch (error) {
      if (tries === 5) throw error
    }
  }
}

/** Every part that a job needs has come back from the case before. */
async function untilThere({ stack, crew, lastLines }: PointsStack): Promise<void> {
  // the stack knows a new process by its id only when that is ready
  const missing = () => needed.filter((name) => !crew.has(stack.pids()[name] ?? 0))
  for (const end = Date.now() + crewMs; missing().length > 0; ) {
    if (Date.now() > end) throw new Error(`${missing()} did not come back:\n${lastLines().join('\n')}`)
    await wait(50)
  }
}
