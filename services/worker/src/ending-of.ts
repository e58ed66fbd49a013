import { AppError, type Nano, type Outcome, type PublicError, publicError } from '@halftone/contracts'
import { allowsRebuy, type Finish, type StoredImage } from '@halftone/ledger'
import { ProviderError, type Result, type Usage } from '@halftone/providers'
import type { Attempt, CallEnd } from './attempt.ts'
import { costOf, costOfCanceled, costOfRefused } from './cost-of.ts'
import type { Dependencies } from './dependencies.ts'
import { keepPictures } from './keep-pictures.ts'
import { verdictOf } from './verdict.ts'

type Unsigned<F> = F extends unknown ? Omit<F, 'attemptId' | 'fence'> : never

/** What the end of a call means. */
export interface Ending {
  /** For the ledger. */
  finish: Unsigned<Finish>
  /** How the provider looked; null: it was not asked. */
  health: Outcome['verdict'] | null
  code: string | null
}

/** Longest wait for another plan after a provider asked us to wait: another provider may be free. */
const blockedWaitMsMax = 2_000
const backoffMsFirst = 500
const backoffMsMax = 30_000

/** Stores the pictures, if there are any, and finds what the call did cost. */
export async function endingOf(attempt: Attempt, end: CallEnd, deps: Dependencies): Promise<Ending> {
  switch (end.kind) {
    case 'pictures':
      return endWithPictures(attempt, end.result, deps)
    case 'stored': {
      const { images, cost } = end
      return { finish: { kind: 'succeeded', images, cost }, health: null, code: null }
    }
    case 'failed': {
      const { error } = end
      return endWithError(
        attempt,
        error,
        () => costOf(attempt, attempt.request.n, error.usage ?? {}, deps),
        deps,
      )
    }
    case 'canceled': {
      const cost = await costOfCanceled(attempt, end.error.billed, deps)
      return { finish: { kind: 'canceled', cost }, health: 'neutral', code: 'canceled' }
    }
    case 'unsent': {
      const error = publicError(new AppError('deadline_exceeded', 'It was too late to send the call'))
      const finish = { kind: 'released', error, avoid: null, delayMs: 0 } as const
      return { finish, health: null, code: null }
    }
  }
}

/**
 * Pictures that are not what was asked for are paid all the same: the job ends failed, with their cost. To buy again
 * would be a second payment that nobody asked for.
 */
async function endWithPictures(
  attempt: Attempt,
  { images, usage }: Result,
  deps: Dependencies,
): Promise<Ending> {
  const cost = () => costOf(attempt, images.length, usage, deps)
  try {
    const finish = {
      kind: 'succeeded',
      images: withTokens(await keepPictures(attempt, images, deps), usage),
      cost: await cost(),
    } as const
    return { finish, health: 'ok', code: null }
  } catch (error) {
    if (error instanceof ProviderError) return endWithError(attempt, error, cost, deps)
    throw error
  }
}

/** What was counted is of the whole call: it is told on one of its pictures. */
function withTokens([first, ...others]: StoredImage[], { tokens }: Usage): StoredImage[] {
  if (!first) return []
  return [tokens ? { ...first, tokens } : first, ...others]
}

async function endWithError(
  attempt: Attempt,
  error: ProviderError,
  cost: () => Promise<Nano>,
  deps: Dependencies,
): Promise<Ending> {
  const { job, key, provider } = attempt
  const verdict = verdictOf(error)
  const { health } = verdict
  const { code, message } = error
  // who pinned the model has no other: it is tried again, more and more rarely
  const pinned = job.body.routing.model !== undefined
  switch (verdict.kind) {
    case 'failed': {
      const owed = verdict.owed ? await cost() : 0n
      const finish = { kind: 'failed', cost: owed, error: publicError(new AppError(code, message)) } as const
      return { finish, health, code }
    }
    case 'released': {
      const { blockMs } = verdict
      if (health === 'fault' && job.failedAttempts + 1 >= deps.settings.attemptsMax)
        return {
          finish: { kind: 'failed', cost: 0n, error: spent(attempt, error) },
          health,
          code,
        }
      const avoid = verdict.avoid && !pinned ? { provider: provider.id, model: key }[verdict.avoid] : null
      const delayMs =
        blockMs !== null
          ? Math.min(blockMs, blockedWaitMsMax)
          : avoid !== null && !job.avoid.includes(avoid)
            ? 0
            : backoffMs(attempt, deps)
      const finish = {
        kind: 'released',
        error: publicError(new AppError(code, message)),
        avoid,
        delayMs,
      } as const
      return { finish, health, code }
    }
    case 'unknown': {
      const owed = code === 'content_policy' ? await costOfRefused(attempt, deps) : null
      if (owed !== null) {
        const told = publicError(new AppError(code, message))
        return { finish: { kind: 'failed', cost: owed, error: told }, health, code }
      }
      const allowed = allowsRebuy(job.body.routing.on_unknown, attempt.worst)
      const rebuy = verdict.mayRebuy && allowed && !attempt.canceled.aborted
      const told = new AppError(verdict.mayRebuy ? 'outcome_unknown' : code, message)
      const finish = { kind: 'unknown', error: publicError(told), rebuy, avoid: pinned ? null : key } as const
      return { finish, health, code }
    }
  }
}

/** The job has failed at providers as often as it may; it ends with what the last one said. */
function spent({ job }: Attempt, { code, message }: ProviderError): PublicError {
  const calls = job.failedAttempts + 1
  const told = `${message}; ${calls === 1 ? 'no other call is' : `${calls} calls failed for this job, and no more are`} made`
  return publicError(new AppError(code, told, { next: 'Post it again later, or allow more providers' }))
}

/** Doubles with each dispatch of the job; spread by chance, so that jobs that failed together do not come back together. */
function backoffMs({ job }: Attempt, { random }: Dependencies): number {
  const ms = Math.min(backoffMsFirst * 2 ** Math.min(job.generation, 10), backoffMsMax)
  return Math.round(ms * (0.5 + random()))
}
