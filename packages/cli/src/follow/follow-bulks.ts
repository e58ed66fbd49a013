import { type BulkAnswer, bulkAnswerSchema } from '@halftone/contracts'
import { type Api, readAnswer } from '../api.ts'
import { Failure } from '../failure.ts'
import { tryAgain } from '../try-again.ts'
import type { VerbContext } from '../verb.ts'
import { showProgress } from './progress.ts'

const everyMs = 1_000

/** Shows how far they are until all of them have ended. Throws `interrupted`, and says how to come back. */
export async function followBulks(
  context: VerbContext,
  api: Api,
  ids: readonly string[],
): Promise<BulkAnswer[]> {
  const progress = showProgress(context)
  try {
    for (;;) {
      const bulks = await Promise.all(
        ids.map((id) =>
          tryAgain(
            context,
            () => bulkOf(api, id),
            (why) => progress.say(`  ${why.message}: trying again`),
          ),
        ),
      )
      progress.update(bulks)
      if (bulks.every(hasEnded)) return bulks
      await context.pause(everyMs)
      if (context.interrupted.aborted) throw new Failure('interrupted', 'interrupted')
    }
  } catch (error) {
    if (!context.interrupted.aborted) throw error
    throw new Failure('interrupted', 'no longer watched: the work goes on', {
      next: `${ids.map((id) => `"halftone watch ${id}"`).join(', ')} shows it again`,
    })
  } finally {
    progress.stop()
  }
}

export async function bulkOf(api: Api, id: string): Promise<BulkAnswer> {
  return readAnswer(bulkAnswerSchema, await api.get(`/v1/bulk/${encodeURIComponent(id)}`))
}

/** A canceled bulk's calls that are out still come to their end. */
function hasEnded({ counts }: BulkAnswer): boolean {
  return (['queued', 'classified', 'dispatched', 'running'] as const).every(
    (status) => (counts[status] ?? 0) === 0,
  )
}
