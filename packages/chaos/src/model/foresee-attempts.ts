import type { EndedStatus } from '@halftone/contracts'
import type { Finish } from '@halftone/ledger'
import { type Action, type Answer, recoveriesMax, ticketsMax } from './action.ts'
import { endJob, giveBack, leaveUnknown, raise, release, resolve, settle } from './money.ts'
import { type Attempt, attemptOf, ended, isLive, type Job, jobOf, liveOf, type World } from './world.ts'

export function claim(world: World, action: Extract<Action, { do: 'claim' }>): Answer {
  const job = jobOf(world, action.job)
  const live = liveOf(world, job.id)
  const { owner, worst, attempt: id } = action
  if (live?.claimedAs === id) {
    if (!live.mine.includes(owner)) live.mine.push(owner)
    return `${live.id === id ? 'claimed' : 'takeover'} fence ${live.fence}`
  }
  if (ended(job) || job.generation !== action.generation) return 'void'
  if (live) {
    if (live.leaseValid) return 'busy'
    live.fence++
    live.mine.push(owner)
    Object.assign(live, { owner, claimedAs: id, leaseValid: true, unanswered: 0 })
    return `takeover fence ${live.fence}`
  }
  if (job.status !== 'dispatched') return 'void'
  if (!raise(world, job, worst)) {
    giveBack(job)
    return 'refused'
  }
  job.status = 'running'
  world.attempts.push({
    id,
    job: job.id,
    state: 'submitting',
    fence: 1n,
    worst,
    cost: null,
    owner,
    claimedAs: id,
    leaseValid: true,
    recoveredFence: 0n,
    unanswered: 0,
    ref: null,
    mine: [owner],
    sent: false,
    cameLate: false,
    endedJob: null,
  })
  return 'claimed fence 1'
}

export function finish(world: World, attempt: Attempt, end: Finish): Answer {
  const job = jobOf(world, attempt.job)
  if (attempt.state === 'unknown' && end.kind !== 'unknown') {
    attempt.cameLate = true
    const pictures = end.kind === 'succeeded' ? end.images.length : 0
    const cost = end.kind === 'succeeded' || (end.kind !== 'released' && end.cost > 0n) ? end.cost : null
    return `resolved ${settleTruth(world, job, attempt, cost, pictures)}`
  }
  if (attempt.cameLate) return `resolved ${attempt.endedJob}`
  if (attempt.fence !== end.fence) return 'late'
  if (!isLive(attempt)) return attempt.endedJob === null ? 'returned' : `ended ${attempt.endedJob}`
  const close = closer(world, job, attempt)
  /** An earlier call's picture came late: the job has what it asked for. */
  const closeOr = (status: EndedStatus, cost?: bigint) => close(job.pictures > 0 ? 'succeeded' : status, cost)
  switch (end.kind) {
    case 'succeeded':
      return close('succeeded', settle(world, job, attempt, end.cost))
    case 'failed':
      return closeOr('failed', charge(world, job, attempt, end.cost))
    case 'canceled':
      return close('canceled', charge(world, job, attempt, end.cost))
    case 'released':
      release(attempt)
      if (job.cancelRequested) return close('canceled')
      if (job.pictures > 0) return close('succeeded')
      giveBack(job)
      return 'returned'
    case 'unknown':
      return loseTrack(world, job, attempt, end.rebuy)
  }
}

function charge(world: World, job: Job, attempt: Attempt, cost: bigint): bigint {
  if (cost > 0n) return settle(world, job, attempt, cost)
  release(attempt)
  return 0n
}

function closer(world: World, job: Job, attempt: Attempt) {
  return (status: EndedStatus, cost?: bigint): Answer => {
    endJob(world, job, status, cost)
    attempt.endedJob = status
    return `ended ${status}`
  }
}

function loseTrack(world: World, job: Job, attempt: Attempt, rebuy: boolean): Answer {
  const close = closer(world, job, attempt)
  leaveUnknown(job, attempt)
  if (job.pictures > 0) return close('succeeded')
  if (job.cancelRequested) return close('canceled')
  if (!rebuy || job.rebuys > 0 || !raise(world, job, attempt.worst)) return close('failed')
  job.rebuys++
  giveBack(job)
  return 'returned'
}

/** Books the truth; a job that nobody is at work on ends by its picture. Answers how it ended, if this ended it. */
function settleTruth(
  world: World,
  job: Job,
  attempt: Attempt,
  cost: bigint | null,
  pictures: number,
): EndedStatus | null {
  resolve(world, job, attempt, cost)
  attempt.endedJob = null
  if (pictures > 0 && !ended(job) && job.status !== 'running') {
    endJob(world, job, 'succeeded', 0n)
    attempt.endedJob = 'succeeded'
    return 'succeeded'
  }
  job.pictures += pictures
  job.sequence++
  return null
}

export function resolveByHand(world: World, action: Extract<Action, { do: 'resolve' }>): Answer {
  const attempt = attemptOf(world, action.attempt)
  if (attempt.state !== 'unknown') return 'left alone'
  const { cost, images } = action
  return `resolved ${settleTruth(world, jobOf(world, attempt.job), attempt, cost, images.length)}`
}

export function recover(world: World, attempt: Attempt): void {
  const job = jobOf(world, attempt.job)
  const counts = attempt.fence > attempt.recoveredFence
  if (counts && job.recoveries >= recoveriesMax) {
    leaveUnknown(job, attempt)
    closer(world, job, attempt)('failed')
    return
  }
  if (!counts && attempt.unanswered >= ticketsMax) {
    loseTrack(world, job, attempt, true)
    return
  }
  if (counts) job.recoveries++
  job.generation++
  attempt.recoveredFence = attempt.fence
  attempt.unanswered++
}
