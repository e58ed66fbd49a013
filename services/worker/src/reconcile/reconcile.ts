import type { AttemptRow, Evidence, Reconciliation, Resolution, RunnableJob } from '@halftone/ledger'
import { createLoop, type Loop } from '@halftone/service-kit'
import type { Attempt } from '../attempt.ts'
import type { Dependencies } from '../dependencies.ts'
import { orderOf } from '../order.ts'
import { type Compared, compareUsage } from './compare-usage.ts'
import { lookUp } from './look-up.ts'

export type ReconcileDependencies = Dependencies & {
  reconciliation: Pick<Reconciliation, 'take' | 'unresolved' | 'resolve' | 'keepFinding' | 'callsBetween'>
}

const perRound = 50
const perReport = 500

/**
 * Finds out about calls of unknown outcome. It runs here because only a worker may ask a provider; it asks what is
 * free, and writes only what leaves no doubt. Any number of workers may do it: a second finding of the same changes
 * nothing.
 */
export function createReconciler(deps: ReconcileDependencies): Loop {
  return createLoop({
    name: 'reconcile',
    spacingMs: 200,
    beatMs: deps.settings.reconcileMs,
    log: deps.log,
    work: async () => ((await reconcile(deps)) === perRound ? 0 : undefined),
  })
}

/** One round; answers how many attempts were looked at. */
export async function reconcile(deps: ReconcileDependencies): Promise<number> {
  const { reconciliation, settings, providers } = deps
  const { reconcileMs: everyMs, personMs } = settings
  const jobs = await reconciliation.take([...providers.keys()], { everyMs, personMs, limit: perRound })
  const open = new Set<string>()
  for (const job of jobs) {
    const provider = await reconcileOne(job, deps)
    if (provider) open.add(provider)
  }
  for (const id of open) await reconcileUsage(id, deps)
  return jobs.length
}

/** Answers the provider whose usage report may tell, if the attempt stays open. */
async function reconcileOne(job: RunnableJob, deps: ReconcileDependencies): Promise<string | null> {
  const row = job.liveAttempt
  if (!row) return null
  const attempt = attemptOf(job, row, deps)
  if (!attempt) {
    await keep([row.id], { by: 'poll', says: `no worker knows ${row.provider}/${row.model} any more` }, deps)
    return null
  }
  try {
    const found = await lookUp(attempt, row, deps)
    if (found.kind === 'resolved') {
      await write([found.resolution], deps)
      return null
    }
    const isAged = deps.clock() - row.startedAt.getTime() >= deps.settings.lagMs
    if (attempt.provider.usage && row.providerRef === null) return isAged ? row.provider : null
    await keep([row.id], { by: 'poll', says: found.why }, deps)
  } catch (error) {
    deps.log.warn({ err: error, attempt: row.id }, 'could not ask how a call ended; asking again later')
  }
  return null
}

async function reconcileUsage(providerId: string, deps: ReconcileDependencies): Promise<void> {
  const provider = deps.providers.get(providerId)
  if (!provider) return
  try {
    const jobs = await deps.reconciliation.unresolved(providerId, perReport)
    const attempts = jobs.flatMap((job) => {
      const row = job.liveAttempt
      return (row && attemptOf(job, row, deps)) ?? []
    })
    for (const compared of await compareUsage(provider, attempts, deps)) await writeCompared(compared, deps)
  } catch (error) {
    deps.log.warn(
      { err: error, provider: providerId },
      'could not read a usage report; reading it again later',
    )
  }
}

async function writeCompared(compared: Compared, deps: ReconcileDependencies): Promise<void> {
  if (compared.kind === 'resolved') await write(compared.resolutions, deps)
  else await keep(compared.attemptIds, compared.evidence, deps)
}

async function write(resolutions: Resolution[], deps: ReconcileDependencies): Promise<void> {
  const resolved = await deps.reconciliation.resolve(resolutions)
  for (const { attemptId, jobId, bulkId, status } of resolved) {
    const { outcome, cost, evidence } = resolutions.find((one) => one.attemptId === attemptId)!
    deps.log.info(
      { attempt: attemptId, job: jobId, outcome, cost: String(cost), evidence },
      'resolved an unknown outcome',
    )
    deps.notes.drop(attemptId)
    deps.reports.finished({ kind: 'resolved', status, jobId, bulkId })
  }
}

function keep(ids: string[], evidence: Evidence, { reconciliation }: ReconcileDependencies): Promise<void> {
  return reconciliation.keepFinding(ids, evidence)
}

/** As the call was made. null: this process has no such model or no key for it. */
function attemptOf(job: RunnableJob, row: AttemptRow, deps: Dependencies): Attempt | null {
  const order = orderOf(job, deps)
  if (!order) return null
  const { id, fence, startedAt, ruleId, priceVersion, worst } = row
  const silent = new AbortController().signal
  const bell = { rung: () => silent, heard: () => {}, ref: () => null }
  return { ...order, id, fence, startedAt, ruleId, priceVersion, worst, canceled: silent, bell }
}
