import type { Clock } from '@halftone/contracts'

/**
 * Jobs whose caller never got the answer. OpenAI's clients repeat a cut call by themselves, without a key: the repeat
 * must find the job that it asked for before, and buy nothing. Known to this process, for a while.
 */
export interface Undelivered {
  remember(projectId: string, request: string, jobId: string): void
  /** The job of an equal request, once. */
  take(projectId: string, request: string): string | null
}

const keptMs = 15 * 60_000
const keptMax = 10_000

export function createUndelivered(clock: Clock): Undelivered {
  const jobs = new Map<string, { jobId: string; until: number }[]>()
  return {
    remember(projectId, request, jobId) {
      const name = `${projectId} ${request}`
      const others = jobs.get(name) ?? []
      // the newest last: what is oldest goes first when there are too many
      jobs.delete(name)
      jobs.set(name, [...others, { jobId, until: clock() + keptMs }])
      for (const oldest of jobs.keys()) {
        if (jobs.size <= keptMax) break
        jobs.delete(oldest)
      }
    },
    take(projectId, request) {
      const name = `${projectId} ${request}`
      const alive = (jobs.get(name) ?? []).filter(({ until }) => until > clock())
      const [first, ...others] = alive
      if (others.length > 0) jobs.set(name, others)
      else jobs.delete(name)
      return first?.jobId ?? null
    },
  }
}
