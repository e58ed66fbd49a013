import { type Candidate, type ModelHealth, modelKey, ticketId } from '@halftone/contracts'
import type { Parts } from './parts.ts'

/** A probe that was chosen and never dispatched: its job went elsewhere, was canceled or ended. */
const unsentMs = 5_000
/** From a probe's end until its verdict has surely come back as a change of the market. */
const verdictMs = 300

interface Out {
  model: string
  job: string
  /** null: not dispatched yet. */
  gen: number | null
  at: number
  /** When its ticket was first seen to be gone. */
  goneAt: number | null
}

/** While a breaker is half open its pool gets one job at a time. The worker's gate makes sure of it; this spares the rest the way. */
export interface Probes {
  /** Looks who is back. Call it before a round. */
  refresh(): Promise<void>
  /** provider/model keys that a job may be the probe of now. */
  free(): string[]
  /** Whether this choice is a probe of a provider on probation, and this job may be it. Takes the pool's place. */
  claim(job: string, choice: Candidate | null): 'probe' | 'taken' | 'none'
  /** Its ticket is out. */
  sent(job: string, generation: number): void
}

export function createProbes({ market, queue, clock }: Pick<Parts, 'market' | 'queue' | 'clock'>): Probes {
  const out = new Map<string, Out>()
  let seen = -1
  let halfOpen: readonly ModelHealth[] = []
  /** Asked for every job, so it is looked up once per version. */
  const onProbation = () => {
    const { version, health } = market()
    if (version !== seen) halfOpen = [...health.values()].filter(({ breaker }) => breaker === 'half_open')
    seen = version
    return halfOpen
  }
  const isHalfOpen = (model: string) => market().health.get(model)?.breaker === 'half_open'

  const isOver = async (pool: string, one: Out): Promise<boolean> => {
    if (!isHalfOpen(one.model)) return true
    if (one.gen === null) return clock() - one.at > unsentMs
    const held = await queue.holds(pool, [{ job: one.job, gen: one.gen }])
    if (held.has(ticketId(one.job, one.gen))) return false
    one.goneAt ??= clock()
    return clock() - one.goneAt >= verdictMs
  }
  return {
    async refresh() {
      for (const [pool, one] of out) if (await isOver(pool, one)) out.delete(pool)
    },
    free: () => onProbation().flatMap((model) => (out.has(model.provider) ? [] : modelKey(model))),
    claim(job, choice) {
      const model = choice && modelKey(choice)
      if (!choice || !model || !isHalfOpen(model)) return 'none'
      const there = out.get(choice.provider)
      if (there) return there.job === job && there.model === model ? 'probe' : 'taken'
      out.set(choice.provider, { model, job, gen: null, at: clock(), goneAt: null })
      return 'probe'
    },
    sent(job, generation) {
      for (const one of out.values()) if (one.job === job) one.gen = generation
    },
  }
}
