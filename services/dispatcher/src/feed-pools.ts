import { AppError, type Candidate, poolOf, publicError, toUsd } from '@halftone/contracts'
import type { WaitingJob } from '@halftone/ledger'
import { noWaits, type Planned } from '@halftone/routing'
import { type Backlog, dueSeconds } from './backlog.ts'
import { fairShare, type Turns } from './fair-share.ts'
import { loadBacklog, type Parts, tellEnded } from './parts.ts'
import { type PoolRate, ticketsMax } from './pool-rate.ts'

/** A job whose turn it is, with the plan that holds now. */
interface Fresh {
  job: WaitingJob
  planned: Planned
  choice: Candidate | null
}

export interface Fed {
  /** Ms until it should run again; nothing for the beat. */
  next: number | undefined
  /** Jobs that are to be planned from the start. */
  returned: number
}

/**
 * Keeps a few tickets ready in each pool's queue: as many as there is room for, projects in turn. A plan made with
 * older prices or health is made anew at this last moment; if that names another pool, the job waits there instead.
 * The ledger commits first, then the tickets go out: what is lost in between is found by the sweeper.
 */
export function createFeeder(parts: Parts): { feed(): Promise<Fed> } {
  const turns = new Map<string, Turns>()

  const feedPool = async (
    pool: string,
    { room, spare, ahead, burst }: Places,
    backlog: () => Promise<Backlog>,
  ): Promise<Moved> => {
    const waiting = await parts.ledger.dispatch.ready(pool, Math.max(room, burst + 1))
    const share = fairShare(waiting, room, turns.get(pool) ?? new Map(), { ahead })
    turns.set(pool, share.turns)
    const backlogged = projectsAbove(burst, waiting)
    const newcomers = waiting.filter((job) => !backlogged.has(job.projectId) && !share.picked.includes(job))
    const picked = [...share.picked, ...fairShare(newcomers, spare, new Map(), { ahead: 0 }).picked]
    if (picked.length === 0) return nothing

    const fresh: Fresh[] = []
    const hopeless: string[] = []
    for (const job of picked) {
      const one = await freshen(parts, job, pool, backlog)
      if (one) fresh.push(one)
      else hopeless.push(job.id)
    }
    const ids = await parts.plans.store(fresh.map(({ planned }) => planned))
    const ready = fresh.map((one, i) => ({ ...one, planId: ids[i]! }))

    await dispatch(
      parts,
      pool,
      ready.filter(({ choice }) => choice && poolOf(choice) === pool),
      backlogged,
    )
    return moveElsewhere(
      parts,
      ready.filter(({ choice }) => !choice || poolOf(choice) !== pool),
      hopeless,
    )
  }
  return {
    async feed() {
      await parts.probes.refresh()
      const rates = parts.rates()
      const depth = await parts.queue.depth([...rates.keys()])
      let loaded: Promise<Backlog> | undefined
      const backlog = () => {
        loaded ??= loadBacklog(parts)
        return loaded
      }
      const moved = await Promise.all(
        [...rates].map(([pool, rate]) => {
          const places = placesIn(rate, depth.get(pool) ?? 0)
          return places.room + places.spare > 0 ? feedPool(pool, places, backlog) : nothing
        }),
      )
      return {
        next: moved.some(({ elsewhere, returned }) => elsewhere + returned > 0) ? 0 : undefined,
        returned: moved.reduce((sum, { returned }) => sum + returned, 0),
      }
    },
  }
}

/** Where tickets may go in a pool's queue that holds `ahead` of them. */
interface Places {
  /** For everybody, in turn. */
  room: number
  /** For projects without a backlog: they may use the account's burst, and need not wait for those who cannot. */
  spare: number
  ahead: number
  burst: number
}

function placesIn(rate: PoolRate, ahead: number): Places {
  const most = ticketsMax(rate)
  const free = most - ahead
  const burst = most === 0 ? 0 : rate.burst
  return { room: Math.max(0, free), spare: Math.max(0, burst + Math.min(0, free)), ahead, burst }
}

/** Projects with more jobs waiting than a burst: theirs go at an even pace. */
function projectsAbove(burst: number, waiting: readonly WaitingJob[]): Set<string> {
  const counts = Map.groupBy(waiting, ({ projectId }) => projectId)
  return new Set([...counts].filter(([, jobs]) => jobs.length > burst).map(([projectId]) => projectId))
}

/** The plan of a job at the head of a pool's line, made anew if the market has changed since; null: it has none. */
async function freshen(
  { plans, probes, market, clock, log }: Parts,
  job: WaitingJob,
  pool: string,
  loadedBacklog: () => Promise<Backlog>,
): Promise<Fresh | null> {
  const known = plans.recall(job.planId)
  const current = known?.version === market().version ? known : null
  const asKnown = current && { job, planned: current, choice: current.routed.choice }
  const part = asKnown && probes.claim(job.id, asKnown.choice)
  const offered = probes.free()
  if (part === 'probe' || (part === 'none' && offered.length === 0)) return asKnown
  const backlog = await loadedBacklog()
  const due = dueSeconds(job.deadline, clock())
  const planned = plans.replan(job, backlog.waits(job.projectId, due, pool), { probes: offered })
  if (!planned) return null
  const isProbe = probes.claim(job.id, planned.routed.choice) === 'probe'
  if (part === 'none' && !isProbe) return asKnown
  if (known && !isProbe && planned.drawn && stillGood(known, planned)) {
    // drawn again with every change of the market, a job would wander from pool to pool
    const confirmed = { ...known, version: planned.version }
    return { job, planned: confirmed, choice: known.routed.choice }
  }
  const { choice } = planned.routed
  const to = choice && poolOf(choice)
  if (to !== null && to !== pool) {
    backlog.remove(pool, job.projectId, due)
    backlog.add(to, job.projectId, due)
    log.debug({ job: job.id, from: pool, to }, 'moved')
  }
  return { job, planned, choice }
}

function stillGood({ routed: { choice } }: Planned, now: Planned): boolean {
  return now.routed.ranked.some(
    ({ provider, model, rule_id, price_version }) =>
      provider === choice?.provider &&
      model === choice.model &&
      rule_id === choice.rule_id &&
      price_version === choice.price_version,
  )
}

async function dispatch(
  parts: Parts,
  pool: string,
  ready: (Fresh & { planId: string })[],
  backlogged: ReadonlySet<string>,
): Promise<void> {
  if (ready.length === 0) return
  const { ledger, queue, metrics } = parts
  const { dispatched, refused } = await ledger.dispatch.dispatch(
    ready.map(({ job, planId, planned, choice }) => ({
      id: job.id,
      pool,
      planId,
      // eligible candidates are priced
      worst: choice!.worst_nano!,
      latencyMissed: planned.routed.latencyMissed,
    })),
  )
  for (const { id, generation } of dispatched) parts.probes.sent(id, generation)
  const paced = new Set(ready.filter(({ job }) => backlogged.has(job.projectId)).map(({ job }) => job.id))
  await queue.askToRun(
    pool,
    dispatched.map(({ id, generation }) => ({
      v: 1,
      job: id,
      gen: generation,
      ...(paced.has(id) ? { paced: true } : {}),
    })),
  )
  metrics.dispatched.inc({ pool }, dispatched.length)
  if (refused.length > 0)
    await withinHold(
      parts,
      ready.filter(({ job }) => refused.includes(job.id)),
    )
}

/** More money was refused: somebody who does it for what is held already, or the job ends. */
async function withinHold(parts: Parts, refused: Fresh[]): Promise<void> {
  const { ledger, plans } = parts
  const planned = refused.map(({ job }) => plans.plan(job, noWaits, { withinHold: true }))
  const ids = await plans.store(planned)
  const assign = refused.flatMap(({ job }, i) => {
    const choice = planned[i]!.routed.choice
    return choice ? [{ id: job.id, pool: poolOf(choice), planId: ids[i]! }] : []
  })
  if (assign.length > 0) await ledger.dispatch.assign(assign)
  const over = refused.filter((_, i) => !planned[i]!.routed.choice)
  if (over.length === 0) return
  const ended = await ledger.dispatch.end(
    over.map(({ job, choice }) => ({ id: job.id, status: 'failed', error: overBudget(job, choice) })),
  )
  await tellEnded(parts, ended)
}

function overBudget(job: WaitingJob, choice: Candidate | null) {
  const needs = choice?.worst_nano ? `up to $${toUsd(choice.worst_nano)}` : 'more'
  const message = `The job now needs ${needs}, $${toUsd(job.hold)} is held for it, and no budget allows the difference`
  return publicError(
    new AppError('budget_exceeded', message, { next: 'Raise the budget and submit it again' }),
  )
}

interface Moved {
  elsewhere: number
  returned: number
}
const nothing: Moved = { elsewhere: 0, returned: 0 }

async function moveElsewhere(
  parts: Parts,
  moving: (Fresh & { planId: string })[],
  hopeless: string[],
): Promise<Moved> {
  const { ledger, metrics } = parts
  const assign = moving.flatMap(({ job, planId, choice }) =>
    choice ? [{ id: job.id, pool: poolOf(choice), planId }] : [],
  )
  const nowhere = [...hopeless, ...moving.filter(({ choice }) => !choice).map(({ job }) => job.id)]
  if (assign.length > 0) await ledger.dispatch.assign(assign)
  if (nowhere.length > 0) await ledger.dispatch.unassign({ jobs: nowhere })
  metrics.moved.inc({ cause: 'market' }, assign.length + nowhere.length)
  return { elsewhere: assign.length, returned: nowhere.length }
}
