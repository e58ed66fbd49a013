import { type JobInput, jobBodySchema, type Nano, newId, type Plan } from '@halftone/contracts'
import type { EndedJob, WaitingJob } from '@halftone/ledger'
import type { Parts } from '../parts.ts'

export interface FakeJob extends WaitingJob {
  status: 'classified' | 'dispatched' | 'ended'
  planAfter: number
  error: string | null
  finishedAt: number | null
}

export interface NewFakeJob {
  projectId?: string
  dueMs?: number
  hold?: Nano
  ceiling?: Nano
  quote?: WaitingJob['quote']
  body?: Partial<JobInput>
}

/** The ledger's dispatch verbs over a map, by a clock of the test's. Holds may rise by `spare` in all. */
export function createFakeLedger(clock: () => number) {
  const jobs = new Map<string, FakeJob>()
  const plans = new Map<string, Plan>()
  const idByDigest = new Map<string, string>()
  const money = { spare: 1_000_000_000_000n }
  /** What recovery answers, set by a test. */
  const lost = {
    unticketed: [] as { id: string }[],
    dispatched: [] as { id: string; pool: string; generation: number }[],
    retry: [] as { id: string; pool: string; generation: number }[],
    expired: [] as EndedJob[],
    drained: [] as string[],
  }
  const order = (a: FakeJob, b: FakeJob) =>
    a.priority - b.priority || a.deadline.getTime() - b.deadline.getTime() || (a.id < b.id ? -1 : 1)
  const waiting = () => [...jobs.values()].filter((job) => job.status === 'classified')
  const turns = (chosen: FakeJob[], perProject: number) => {
    const lines = [...Map.groupBy(chosen.toSorted(order), (job) => job.projectId).values()]
    const longest = Math.min(perProject, Math.max(0, ...lines.map((line) => line.length)))
    return Array.from({ length: longest }, (_, i) => lines.flatMap((line) => line[i] ?? [])).flat()
  }

  const ledger: Parts['ledger'] = {
    dispatch: {
      unplanned: async (limit) =>
        turns(
          waiting().filter((job) => job.pool === null && job.planAfter <= clock()),
          limit,
        ).slice(0, limit),
      ready: async (pool, perProject) =>
        turns(
          waiting().filter((job) => job.pool === pool),
          perProject,
        ),
      async backlog() {
        const rows = new Map<string, { pool: string; projectId: string; dueSeconds: number; jobs: number }>()
        for (const { pool, projectId, deadline } of waiting()) {
          if (pool === null) continue
          const dueSeconds = Math.max(0, Math.ceil((deadline.getTime() - clock()) / 5_000) * 5)
          const key = `${pool} ${projectId} ${dueSeconds}`
          const row = rows.get(key) ?? { pool, projectId, dueSeconds, jobs: 0 }
          rows.set(key, { ...row, jobs: row.jobs + 1 })
        }
        return [...rows.values()]
      },
      savePlans: async (given) =>
        given.map(({ digest, plan }) => {
          const key = digest.toString('hex')
          const id = idByDigest.get(key) ?? newId('plan')
          idByDigest.set(key, id)
          plans.set(id, plan)
          return id
        }),
      async assign(given) {
        for (const { id, pool, planId } of given) Object.assign(jobs.get(id)!, { pool, planId })
      },
      async postpone(given) {
        for (const { id, planId, delayMs } of given)
          Object.assign(jobs.get(id)!, { pool: null, planId, planAfter: clock() + delayMs })
      },
      async unassign(what) {
        const void_ = waiting().filter((job) =>
          'pool' in what ? job.pool === what.pool : what.jobs.includes(job.id),
        )
        for (const job of void_) job.pool = null
        return void_.length
      },
      async dispatch(given) {
        const dispatched: { id: string; generation: number }[] = []
        const refused: string[] = []
        for (const { id, pool, planId, worst } of given) {
          const job = jobs.get(id)!
          if (job.status !== 'classified') continue
          const raise = worst > job.hold ? worst - job.hold : 0n
          if (raise > money.spare) {
            refused.push(id)
            continue
          }
          money.spare -= raise
          const generation = job.generation + 1
          Object.assign(job, { status: 'dispatched', pool, planId, generation, hold: job.hold + raise })
          dispatched.push({ id, generation })
        }
        return { dispatched, refused }
      },
      async end(given) {
        return given.map(({ id, error }) => {
          Object.assign(jobs.get(id)!, { status: 'ended', error: error.code, finishedAt: clock() })
          return { jobId: id, bulkId: null }
        })
      },
    },
    attempts: {
      giveBack: async (jobId, generation) => {
        const job = jobs.get(jobId)!
        if (job.status === 'dispatched' && job.generation === generation)
          Object.assign(job, { status: 'classified', pool: null })
      },
    },
    recovery: {
      unticketed: async () => lost.unticketed,
      dispatchedSince: async () => lost.dispatched,
      redispatch: async (given) =>
        given.map(({ id, generation }) => ({
          id,
          generation: generation + 1,
          pool: lost.dispatched.find((job) => job.id === id)!.pool,
        })),
      expiredLeases: async () => ({ retry: lost.retry, ended: [] }),
      expire: async () => lost.expired,
    },
    pools: { settleDrained: async () => lost.drained },
  }
  return {
    ledger,
    jobs,
    plans,
    money,
    lost,
    add({
      projectId = 'prj_a',
      dueMs = 86_400_000,
      hold = 0n,
      ceiling,
      quote = null,
      body = {},
    }: NewFakeJob = {}): FakeJob {
      const job: FakeJob = {
        id: newId('job'),
        projectId,
        bulkId: null,
        body: jobBodySchema.parse({ prompt: 'a fox', ...body }),
        inputs: { width: 1024, height: 1024, images: [], mask: null },
        tag: { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] },
        pool: null,
        planId: null,
        generation: 0,
        avoid: [],
        hold,
        heldByUnknown: 0n,
        ceiling: ceiling ?? null,
        quote,
        priority: 2,
        deadline: new Date(clock() + dueMs),
        createdAt: new Date(clock()),
        status: 'classified',
        planAfter: 0,
        error: null,
        finishedAt: null,
      }
      jobs.set(job.id, job)
      return job
    },
  }
}
