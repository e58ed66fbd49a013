import { AppError, publicError, type RunTicket } from '@halftone/contracts'
import type { AttemptRow, RunnableJob } from '@halftone/ledger'
import type { Handled } from '@halftone/queue'
import type { Attempt } from './attempt.ts'
import type { Bell } from './bells.ts'
import { checkPlan } from './check-plan.ts'
import { claimAttempt, type Terms } from './claim-attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { endAttempt } from './end-attempt.ts'
import { passGate } from './gate.ts'
import { type Inputs, makeCall } from './make-call.ts'
import { type Order, orderOf } from './order.ts'
import { readInputs } from './read-inputs.ts'
import { recoverCall } from './recover-call.ts'
import { takeSlot } from './take-slot.ts'

const done: Handled = { kind: 'done' }
/** Workers that may die over one ticket before a call is made. */
const lostMax = 5
/** After so many rounds without a call, a job that comes back waits a little. */
const tossesMax = 3
const tossedDelayMs = 1_000
/** Calls of this process alone fail: the ticket waits, and maybe another one takes it. */
const shutDelayMs = 1_000

/**
 * The way of one ticket. What may be refused or waited for comes first and costs nothing; then the intent is
 * committed, the paid call is made once, and its end is booked. A call that is out already is only found out about.
 * Throws when a dependency is away before anything was committed: the ticket comes again. `lost`: workers that died over
 * it before; too many, and no other is risked.
 */
export async function runJob(ticket: RunTicket, deps: Dependencies, lost = 0): Promise<Handled> {
  const job = await deps.attempts.load(ticket.job)
  if (!job || isVoid(job, ticket, deps)) return done
  const order = orderOf(job, deps)
  if (job.liveAttempt)
    return order ? takeOver(order, job.liveAttempt, deps) : cannotTakeOver(job.liveAttempt, deps)
  if (lost >= lostMax) return endPoisonous(job, deps)
  return order ? runNew(order, ticket, deps) : giveBack(job, null, 'it names no model of this process', deps)
}

/** The ledger itself ends canceled and late jobs. A live attempt is looked after in any case: it may be paid. */
function isVoid(job: RunnableJob, { gen }: RunTicket, { clock }: Dependencies): boolean {
  if (job.generation !== gen) return true
  if (job.liveAttempt) return false
  return job.status !== 'dispatched' || job.cancelRequested || job.deadline.getTime() <= clock()
}

async function runNew(order: Order, ticket: RunTicket, deps: Dependencies): Promise<Handled> {
  const { job, provider } = order
  const deadline = deps.monotonic() + job.deadline.getTime() - deps.clock()
  const before = checkPlan(order, deps)
  if (before.kind === 'stale') return giveBack(job, null, before.reason, deps)
  const slot = await takeSlot(order, ticket.paced === true, deps)
  if (slot.kind === 'later') return slot
  if (slot.kind === 'too-late') return giveBack(job, provider.id, 'no slot is free before the deadline', deps)
  try {
    return await callInSlot(slot.order, deadline, deps)
  } finally {
    slot.free()
  }
}

async function callInSlot(order: Order, deadline: number, deps: Dependencies): Promise<Handled> {
  const { job } = order
  const inputs = await readInputs(order, deps)
  if (!inputs) return endWithoutInputs(job, deps)
  // again, as prices and breakers may have moved during the wait: the call is booked at the price of its start
  const plan = checkPlan(order, deps)
  if (plan.kind === 'stale') return giveBack(job, null, plan.reason, deps)
  const gate = await passGate(order, deps)
  if (gate.kind === 'shut' && gate.by === 'local') return { kind: 'later', delayMs: shutDelayMs }
  if (gate.kind === 'shut') return giveBack(job, null, `its breaker is open: ${gate.reason}`, deps)
  try {
    return await claimAndRun(order, plan, deps, (attempt, claimedAt) => {
      const sendBy = Math.min(deadline, claimedAt + deps.settings.leaseMs / 2)
      return call({ ...attempt, pass: gate.pass }, inputs, sendBy, deps)
    })
  } finally {
    await gate.pass.release()
  }
}

async function takeOver(order: Order, row: AttemptRow, deps: Dependencies): Promise<Handled> {
  // its end came between load and claim, and the ledger let us begin anew: nothing is sent without a plan
  return claimAndRun(order, row, deps, (attempt) => endAttempt(attempt, { kind: 'unsent' }, null, deps))
}

function cannotTakeOver(row: AttemptRow, { log }: Dependencies): Handled {
  log.error(
    { attempt: row.id, provider: row.provider, model: row.model },
    'a call is out that this process cannot ask for',
  )
  return done
}

/** `run`: what to do once the intent is committed. `claimedAt`: monotonic, before the claim was asked for. */
async function claimAndRun(
  order: Order,
  terms: Terms,
  deps: Dependencies,
  run: (attempt: Attempt, claimedAt: number) => Promise<void>,
): Promise<Handled> {
  const { job } = order
  // before the claim, so that no cancel falls between
  const { canceled, end } = deps.liveCalls.begin(job.id, job.cancelRequested)
  try {
    const claimedAt = deps.monotonic()
    const claim = await claimAttempt(order, terms, deps)
    const withBell = async (id: string, work: (bell: Bell) => Promise<void>) => {
      const { bell, end: silence } = deps.bells.begin(id)
      await work(bell).finally(silence)
    }
    switch (claim.kind) {
      case 'busy':
      case 'void':
        break
      case 'refused':
        return await giveBack(job, null, 'its price is above what may be held', deps)
      case 'claimed': {
        const { ruleId, priceVersion, worst } = terms
        const { attemptId: id, fence } = claim
        // after the commit, right before the call: this moment's price is what the provider charges
        const startedAt = new Date(deps.clock())
        await withBell(id, (bell) =>
          run({ ...order, id, fence, startedAt, ruleId, priceVersion, worst, canceled, bell }, claimedAt),
        )
        break
      }
      case 'takeover': {
        const { id, startedAt, ruleId, priceVersion, worst } = claim.attempt
        await withBell(id, async (bell) => {
          const attempt = {
            ...order,
            id,
            fence: claim.fence,
            startedAt,
            ruleId,
            priceVersion,
            worst,
            canceled,
            bell,
          }
          await endAttempt(attempt, await recoverCall(attempt, claim.attempt, deps), null, deps)
        })
        break
      }
    }
    return done
  } finally {
    end()
  }
}

async function call(attempt: Attempt, inputs: Inputs, sendBy: number, deps: Dependencies): Promise<void> {
  const begun = deps.monotonic()
  const end = await makeCall(attempt, inputs, sendBy, deps)
  await endAttempt(attempt, end, deps.monotonic() - begun, deps)
}

/** Nothing was spent: the job is planned again. */
async function giveBack(
  job: RunnableJob,
  avoid: string | null,
  reason: string,
  { attempts, reports, log }: Dependencies,
): Promise<Handled> {
  log.info({ job: job.id, avoid }, `gave a job back: ${reason}`)
  // planner and worker that do not see the same market must not toss a job to and fro in a tight loop
  await attempts.giveBack(job.id, job.generation, avoid, job.generation > tossesMax ? tossedDelayMs : 0)
  reports.finished({ kind: 'returned' })
  return done
}

/** Nobody can do this job any more; nothing was spent. */
async function endWithoutInputs(job: RunnableJob, deps: Dependencies): Promise<Handled> {
  const next = 'upload it again by POST /v1/files, and post the job again'
  return endFailed(
    job,
    new AppError('invalid_request', 'a picture of the job is not stored any more', { next }),
    deps,
  )
}

/** Nothing was spent on it either. A call that is out is the dispatcher's to judge. */
async function endPoisonous(job: RunnableJob, deps: Dependencies): Promise<Handled> {
  deps.log.error({ job: job.id }, 'a job stopped its worker again and again, before any call')
  return endFailed(
    job,
    new AppError('poison', 'the job stopped its worker again and again', { next: 'report it' }),
    deps,
  )
}

async function endFailed(
  { id }: RunnableJob,
  reason: AppError,
  { endWaiting, reports }: Dependencies,
): Promise<Handled> {
  const error = publicError(reason)
  for (const { jobId, bulkId } of await endWaiting([{ id, status: 'failed', error }]))
    reports.finished({ kind: 'ended', status: 'failed', jobId, bulkId })
  return done
}
