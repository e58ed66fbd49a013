import type { Dependencies } from './dependencies.ts'

const pauseMsMax = 5_000

/**
 * Repeats what must not be lost until it works: money was spent, and Postgres or the artifact store may be away for a
 * while. Only the end of this process ends it; then the lease runs out and another worker takes over.
 */
export async function untilDone<T>(
  what: string,
  work: () => Promise<T>,
  { sleep, log }: Pick<Dependencies, 'sleep' | 'log'>,
): Promise<T> {
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      return await work()
    } catch (error) {
      log.error({ err: error, pauseMs }, `could not ${what}; trying again`)
      await sleep(pauseMs)
    }
  }
}
