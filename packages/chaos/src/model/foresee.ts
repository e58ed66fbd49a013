import type { Action, Answer, JobTerms } from './action.ts'
import { claim, finish, recover, resolveByHand } from './foresee-attempts.ts'
import { endJob, fits, giveBack, holdNew, raise } from './money.ts'
import { type Attempt, attemptOf, isLive, type Job, jobOf, paidFor, type World, waits } from './world.ts'

const done = 'done'

/** What the ledger must answer, and what the world is after it. */
export function foresee(world: World, action: Action): Answer {
  switch (action.do) {
    case 'accept':
      return accept(world, action)
    case 'bulk':
      return acceptBulk(world, action)
    case 'cancel-bulk':
      return cancelBulk(world, action.bulk)
    case 'claim':
      return claim(world, action)
    case 'submitted': {
      const attempt = attemptOf(world, action.attempt)
      if (attempt.state === 'submitting' && attempt.fence === action.fence) {
        attempt.state = 'submitted'
        attempt.ref = action.ref
      }
      return done
    }
    case 'finish': {
      const attempt = attemptOf(world, action.finish.attemptId)
      attempt.mine = attempt.mine.filter((owner) => owner !== action.owner)
      return finish(world, attempt, action.finish)
    }
    case 'resolve':
      return resolveByHand(world, action)
    case 'extend':
      for (const attempt of world.attempts)
        if (isLive(attempt) && attempt.owner === action.owner && attempt.mine.includes(action.owner))
          attempt.leaseValid = true
      return done
    case 'lapse':
      attemptOf(world, action.attempt).leaseValid = false
      return done
    case 'sweep':
      if (action.again) return done
      for (const attempt of world.attempts)
        if (isLive(attempt) && !attempt.leaseValid) recover(world, attempt)
      return done
    case 'budget':
      world.project.limit = action.limit
      return done
    case 'send':
      return send(world, attemptOf(world, action.attempt), action.paid)
    case 'price':
      world.price = action.nano
      return done
    default:
      return onJob(world, jobOf(world, action.job), action)
  }
}

type OnJob = Extract<
  Action,
  { do: 'tag' | 'assign' | 'unassign' | 'end' | 'cancel' | 'late' | 'dispatch' | 'give-back' | 'redispatch' }
>

function onJob(world: World, job: Job, action: OnJob): Answer {
  switch (action.do) {
    case 'tag':
      if (job.status === 'queued') job.status = 'classified'
      return done
    case 'assign':
      if (job.status === 'classified') job.pool = 'openai'
      return done
    case 'unassign':
      if (job.status === 'classified') job.pool = null
      return done
    case 'end':
      if (!waits(job)) return 'left alone'
      endJob(world, job, 'failed')
      return 'ended'
    case 'late':
      if (waits(job)) endJob(world, job, 'expired')
      return done
    case 'cancel':
      if (job.status === 'running') job.cancelRequested = true
      else if (waits(job)) endJob(world, job, 'canceled')
      return job.status
    case 'dispatch':
      if (job.status !== 'classified') return 'left alone'
      if (!raise(world, job, action.worst)) return 'refused'
      job.status = 'dispatched'
      job.pool = 'openai'
      job.generation++
      return `generation ${job.generation}`
    case 'give-back':
      if (job.status === 'dispatched' && job.generation === action.generation) giveBack(job)
      return done
    case 'redispatch':
      if (job.status !== 'dispatched' || job.generation !== action.generation) return 'left alone'
      job.generation++
      return `generation ${job.generation}`
  }
}

function accept(world: World, { job: terms, key }: Extract<Action, { do: 'accept' }>): Answer {
  // it was made before, whatever becomes of the job
  if (terms.quote && world.quotes.every(({ id }) => id !== terms.quote?.id))
    world.quotes.push({ id: terms.quote.id, usedBy: null })
  const stored = key && world.keys.find((each) => each.key === key.key)
  if (stored) return stored.body === key.body ? `replayed ${stored.answer}` : 'idempotency_mismatch'
  const quote = world.quotes.find(({ id }) => id === terms.quote?.id)
  if (quote && quote.usedBy !== null) return 'quote_used'
  if (!fits(world.project, terms.hold)) return 'budget_exceeded'
  if (quote) quote.usedBy = terms.id
  addJob(world, terms, null)
  if (key) world.keys.push({ ...key, answer: terms.id })
  return 'accepted'
}

function acceptBulk(world: World, action: Extract<Action, { do: 'bulk' }>): Answer {
  const { id, limit, tells, jobs, key } = action
  const stored = key && world.keys.find((each) => each.key === key.key)
  if (stored) return stored.body === key.body ? `replayed ${stored.answer}` : 'idempotency_mismatch'
  const sum = jobs.reduce((total, { hold }) => total + hold, 0n)
  const bulk = { limit, held: 0n, spent: 0n }
  if (!fits(bulk, sum) || !fits(world.project, sum)) return 'budget_exceeded'
  world.bulks.push({
    ...bulk,
    id,
    status: 'running',
    total: jobs.length,
    ended: 0,
    cancelRequested: false,
    tells,
  })
  for (const terms of jobs) addJob(world, terms, id)
  if (key) world.keys.push({ ...key, answer: id })
  return 'accepted'
}

function addJob(world: World, { id, hold, ceiling, tells, quote }: JobTerms, bulk: string | null): void {
  const job: Job = {
    id,
    bulk,
    status: 'queued',
    pool: null,
    generation: 0,
    recoveries: 0,
    cancelRequested: false,
    hold,
    unknown: 0n,
    ceiling,
    quoted: quote ? hold : null,
    overrunMax: quote?.overrunMax ?? null,
    absorbed: 0n,
    resolved: 0n,
    rebuys: 0,
    pictures: 0,
    cost: null,
    sequence: 0,
    tells,
  }
  world.jobs.push(job)
  holdNew(world, job, hold)
}

function cancelBulk(world: World, id: string): Answer {
  const bulk = world.bulks.find((each) => each.id === id)
  if (!bulk || (bulk.status !== 'running' && bulk.status !== 'paused')) return done
  bulk.cancelRequested = true
  for (const job of world.jobs.filter((each) => each.bulk === id)) {
    if (job.status === 'running') job.cancelRequested = true
    else if (waits(job)) endJob(world, job, 'canceled')
  }
  return done
}

/** The one moment at which money leaves. It may come once an attempt, and never beside another that may be paid. */
function send(world: World, attempt: Attempt, paid: boolean): Answer {
  if (attempt.sent) throw new Error(`I2: ${attempt.id} was sent twice`)
  attempt.sent = true
  if (!paid) return done
  const others = world.attempts.filter(({ job, id }) => job === attempt.job && id !== attempt.id)
  const paidBefore = others.filter(({ id }) => paidFor(world, id) !== null)
  // bought once more after an unknown outcome, and never again
  const known = paidBefore.some(({ state }) => state !== 'unknown' && state !== 'resolved')
  if (known || paidBefore.length > 1) throw new Error(`I2: ${attempt.job} was paid for twice`)
  world.books.push({ attempt: attempt.id, nano: world.price })
  return done
}
