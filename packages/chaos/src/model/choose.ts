import { newId, type PublicError } from '@halftone/contracts'
import type { Finish, StoredImage } from '@halftone/ledger'
import type { Action, JobTerms } from './action.ts'
import type { Choice } from './choice.ts'
import { type Attempt, attemptOf, isLive, type Job, liveOf, paidFor, type World, waits } from './world.ts'

const workers = ['worker-1', 'worker-2', 'worker-3'] as const
const cut: PublicError = { code: 'outcome_unknown', message: 'the call was cut', next: null }
const down: PublicError = { code: 'provider_down', message: 'it is down', next: null }

/** What a choice means in this world; null: there is nothing that it could be applied to. */
export function choose(world: World, choice: Choice): Action | null {
  const { verb, pick, amount, other, odd } = choice
  const anyJob = () => among(world.jobs, pick)
  const inState = (status: Job['status']) =>
    among(odd ? world.jobs : world.jobs.filter((job) => job.status === status), pick)
  const nano = BigInt(amount)
  switch (verb) {
    case 'step':
      return step(world, choice)
    case 'accept':
      return { do: 'accept', job: termsOf(world, choice), key: keyOf(other) }
    case 'bulk': {
      const jobs = Array.from({ length: 1 + (pick % 4) }, (_, i) => ({
        ...termsOf(world, { ...choice, amount: (amount + 37 * i) % 150, other: 1 }),
        quote: null,
      }))
      const limit = odd ? nano * 2n : null
      return { do: 'bulk', id: newId('bulk'), limit, tells: other % 2 === 0, jobs, key: keyOf(other) }
    }
    case 'tag':
      return on(inState('queued'), (job) => ({ do: 'tag', job: job.id }))
    case 'assign':
    case 'unassign':
      return on(inState('classified'), (job) => ({ do: verb, job: job.id }))
    case 'dispatch':
      return on(inState('classified'), (job) => ({ do: 'dispatch', job: job.id, worst: world.price }))
    case 'end':
    case 'late':
      return on(among(world.jobs.filter(waits), pick), (job) => ({ do: verb, job: job.id }))
    case 'cancel':
      return on(anyJob(), (job) => ({ do: 'cancel', job: job.id }))
    case 'cancel-bulk':
      return on(among(world.bulks, pick), (bulk) => ({ do: 'cancel-bulk', bulk: bulk.id }))
    case 'give-back':
    case 'redispatch':
      return on(inState('dispatched'), (job) => ({
        do: verb,
        job: job.id,
        generation: job.generation - (other % 4 === 0 ? 1 : 0),
      }))
    case 'claim':
      return claim(world, choice)
    case 'send':
      return on(among(world.attempts.filter(maySend), pick), ({ id }) => send(id, amount))
    case 'submitted':
      return on(among(world.attempts, pick), (attempt) => ({
        do: 'submitted',
        attempt: attempt.id,
        owner: attempt.owner,
        fence: attempt.fence - (odd ? 1n : 0n),
        ref: newId('attempt'),
      }))
    case 'finish':
      return finish(world, choice)
    case 'resolve': {
      const unknown = world.attempts.filter(({ state }) => state === 'unknown')
      return on(among(odd ? world.attempts.filter((each) => !isLive(each)) : unknown, pick), ({ id }) =>
        resolution(world, id, odd),
      )
    }
    case 'extend':
      return { do: 'extend', owner: workers[pick % workers.length] ?? workers[0] }
    case 'lapse':
      return on(among(world.attempts.filter(isLive), pick), ({ id }) => ({ do: 'lapse', attempt: id }))
    case 'sweep':
      return { do: 'sweep', again: false }
    case 'budget':
      return { do: 'budget', limit: odd ? null : nano * 5n }
    case 'price':
      return { do: 'price', nano: 1n + nano }
  }
}

/** The next thing that would happen to a job, whose worker may die over it. */
function step(world: World, choice: Choice): Action | null {
  const job = among(
    world.jobs.filter((each) => waits(each) || each.status === 'running'),
    choice.pick,
  )
  if (!job) return { do: 'accept', job: termsOf(world, choice), key: null }
  switch (job.status) {
    case 'queued':
      return { do: 'tag', job: job.id }
    case 'classified':
      return { do: 'dispatch', job: job.id, worst: world.price }
    case 'dispatched':
      return claimOf(world, job, choice, job.generation)
  }
  const live = liveOf(world, job.id)
  if (!live) return null
  // its worker is dead: the sweeper sees it, and another takes over; some die in their turn
  if (!live.leaseValid)
    return choice.odd ? { do: 'sweep', again: false } : claimOf(world, job, choice, job.generation)
  if (choice.amount % 5 === 0) return { do: 'lapse', attempt: live.id }
  if (maySend(live)) return send(live.id, choice.amount)
  return { do: 'finish', owner: live.owner, finish: endOf(world, live, live.fence, choice) }
}

function claim(world: World, choice: Choice): Action | null {
  const { pick, odd, other } = choice
  const open = world.jobs.filter((job) => job.status === 'dispatched' || job.status === 'running')
  const job = among(odd ? world.jobs : open, pick)
  if (!job) return null
  const live = liveOf(world, job.id)
  // the answer to its claim got lost: it asks again under the same id
  if (live && other % 5 === 0) {
    const { owner, claimedAs: attempt, worst } = live
    return { do: 'claim', job: job.id, generation: job.generation, attempt, owner, worst }
  }
  return claimOf(world, job, choice, job.generation - (other % 3 === 0 ? 1 : 0))
}

function claimOf(world: World, job: Job, { pick, amount }: Choice, generation: number): Action {
  const owner = workers[(pick + amount) % workers.length] ?? workers[0]
  return { do: 'claim', job: job.id, generation, attempt: newId('attempt'), owner, worst: world.price }
}

function finish(world: World, choice: Choice): Action | null {
  const { pick, odd, other } = choice
  const live = world.attempts.filter((attempt) => isLive(attempt) && !maySend(attempt))
  const attempt = among(odd ? world.attempts.filter((each) => !maySend(each)) : live, pick)
  if (!attempt) return null
  const fence = attempt.fence - (other % 4 === 0 ? 1n : 0n)
  return { do: 'finish', owner: attempt.owner, finish: endOf(world, attempt, fence, choice) }
}

/** An end that an honest worker could report: what it says was charged is what the provider charged. */
function endOf(
  world: World,
  { id: attemptId }: Attempt,
  fence: bigint,
  { amount, odd }: Pick<Choice, 'amount' | 'odd'>,
): Finish {
  const paid = paidFor(world, attemptId)
  const unknown = { attemptId, fence, kind: 'unknown', error: cut, rebuy: odd, avoid: null } as const
  if (amount % 5 === 0) return unknown
  if (paid !== null) {
    if (amount % 7 === 0) return { attemptId, fence, kind: 'failed', cost: paid, error: cut }
    if (amount % 11 === 0) return { attemptId, fence, kind: 'canceled', cost: paid }
    return { attemptId, fence, kind: 'succeeded', cost: paid, images: [picture()] }
  }
  if (amount % 3 === 0) return { attemptId, fence, kind: 'failed', cost: 0n, error: down }
  if (amount % 7 === 0) return { attemptId, fence, kind: 'canceled', cost: 0n }
  return { attemptId, fence, kind: 'released', error: down, avoid: null, delayMs: 0 }
}

/** Only who was told "claimed", by a lease that holds, and has not sent yet. */
function maySend(attempt: Attempt): boolean {
  return attempt.state === 'submitting' && attempt.fence === 1n && attempt.leaseValid && !attempt.sent
}

function send(attempt: string, amount: number): Action {
  return { do: 'send', attempt, paid: amount % 4 !== 0 }
}

function termsOf(world: World, { amount, other, odd }: Choice): JobTerms {
  const hold = BigInt(amount % 150)
  const quoted = other % 5 === 0
  // now and then a quote that was used before
  const used = odd ? world.quotes.at(-1)?.id : undefined
  return {
    id: newId('job'),
    hold,
    ceiling: !quoted && odd ? hold + BigInt(other) : null,
    tells: amount % 2 === 0,
    quote: quoted ? { id: used ?? newId('quote'), overrunMax: BigInt(other) } : null,
  }
}

function keyOf(other: number): { key: string; body: number } | null {
  return other % 4 === 0 ? { key: `key-${other % 3}`, body: other % 5 === 0 ? 1 : 0 } : null
}

function among<T>(things: readonly T[], pick: number): T | undefined {
  return things[pick % Math.max(1, things.length)]
}

function on<T>(thing: T | undefined, act: (thing: T) => Action): Action | null {
  return thing === undefined ? null : act(thing)
}

/** What the provider's books say of a call. */
function resolution(world: World, attempt: string, found: boolean): Action {
  const cost = paidFor(world, attempt)
  return { do: 'resolve', attempt, cost, images: cost !== null && found ? [picture()] : [] }
}

function picture(): StoredImage {
  const shape = { width: 1024, height: 1024, format: 'png', bytes: 1_000 } as const
  return { fileId: newId('file'), sha256: '0'.repeat(64), ...shape }
}

/** What brings a project to rest: calls that are out end, the rest is canceled, and all truths are found. */
export function closing(world: World): Action | null {
  const live = world.attempts.find(isLive)
  if (live) {
    const { fence, owner, id } = attemptOf(world, live.id)
    const amount = paidFor(world, id) === null && live.sent ? 5 : 1
    return { do: 'finish', owner, finish: endOf(world, live, fence, { amount, odd: false }) }
  }
  const waiting = world.jobs.find(waits)
  if (waiting) return { do: 'cancel', job: waiting.id }
  const unknown = world.attempts.find(({ state }) => state === 'unknown')
  return unknown ? resolution(world, unknown.id, false) : null
}
