import type { RunTicket } from '@halftone/contracts'
import { ticketId } from '@halftone/contracts'
import { type Parts, tellEnded } from './parts.ts'

const perRound = 1_000
/** A ticket that is this old and nowhere in the queue was lost. */
const unticketedMs = 5_000
const undispatchedMs = 3_000
/** Workers that may die over one job before it is taken for what kills them. */
const recoveriesMax = 5

interface Waiting {
  id: string
  pool: string
  generation: number
}

/**
 * Heals what crashes and a wiped Redis leave behind, from Postgres alone: lost tickets, calls whose worker died, jobs
 * past their deadline. One that fails does not keep the others from working.
 */
export async function recoverJobs(parts: Parts): Promise<undefined> {
  const sweeps = [retellClassifier, reticketLost, takeOverDead, expireLate]
  const results = await Promise.allSettled(sweeps.map((sweep) => sweep(parts)))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function retellClassifier({ ledger, queue, metrics }: Parts): Promise<void> {
  const lost = await ledger.recovery.unticketed(unticketedMs, perRound)
  if (lost.length === 0) return
  await queue.askToClassify(lost.map(({ id }) => ({ v: 1, job: id })))
  metrics.recovered.inc({ lost: 'classify ticket' }, lost.length)
}

async function reticketLost(parts: Parts): Promise<void> {
  const { ledger, queue, metrics } = parts
  const dispatched = await ledger.recovery.dispatchedSince(undispatchedMs, perRound)
  const lost: Waiting[] = []
  for (const [pool, jobs] of Map.groupBy(dispatched, (job) => job.pool)) {
    const held = await queue.holds(
      pool,
      jobs.map(({ id, generation }) => ({ job: id, gen: generation })),
    )
    lost.push(...jobs.filter(({ id, generation }) => !held.has(ticketId(id, generation))))
  }
  if (lost.length === 0) return
  await askAll(parts, await ledger.recovery.redispatch(lost))
  metrics.recovered.inc({ lost: 'run ticket' }, lost.length)
}

async function takeOverDead(parts: Parts): Promise<void> {
  const { retry, ended } = await parts.ledger.recovery.expiredLeases(recoveriesMax, perRound, parts.orphanMs)
  await tellEnded(parts, ended)
  await askAll(parts, retry)
  parts.metrics.recovered.inc({ lost: 'worker' }, retry.length)
}

async function expireLate(parts: Parts): Promise<void> {
  await tellEnded(parts, await parts.ledger.recovery.expire(perRound))
}

async function askAll({ queue }: Parts, jobs: Waiting[]): Promise<void> {
  for (const [pool, waiting] of Map.groupBy(jobs, (job) => job.pool)) {
    const tickets: RunTicket[] = waiting.map(({ id, generation }) => ({ v: 1, job: id, gen: generation }))
    await queue.askToRun(pool, tickets)
  }
}
