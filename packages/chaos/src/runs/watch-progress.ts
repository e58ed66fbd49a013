import { setTimeout as wait } from 'node:timers/promises'
import type { Sample } from '../invariants/facts.ts'
import type { Sql } from './read-database.ts'

const everyMs = 1_000

interface Counts {
  done: number
  ended: number
  jobs: number
  live: number
  webhooksWaiting: number
  unknown: number
}

export interface ProgressWatch {
  samples: Sample[]
  latest(): Counts | null
  stop(): Promise<void>
}

/** Asks Postgres once a second what is done. When Postgres is away there is no sample: nothing was seen to move. */
export function watchProgress(
  sql: Sql,
  activeFaults: () => number,
  onSample: () => void,
  onStop: () => void,
): ProgressWatch {
  const samples: Sample[] = []
  let latest: Counts | null = null
  let stopped = false
  const loop = (async () => {
    while (!stopped) {
      try {
        const [row] = await sql<Counts[]>`
          select count(*)::int as jobs, count(finished_at)::int as ended,
            (select count(*) from attempts where state in ('submitting', 'submitted'))::int as live,
            (select count(*) from attempts where state = 'unknown')::int as unknown,
            (select count(*) from webhook_messages where state = 'waiting')::int as "webhooksWaiting",
            (count(finished_at) + (select count(*) from attempts)
              + (select count(*) from webhook_messages where state = 'delivered'))::int as done
          from jobs`
        if (row) {
          latest = { ...row, done: row.done ?? 0 }
          const open = row.ended < row.jobs || row.webhooksWaiting > 0
          samples.push({ at: Date.now(), done: latest.done, open, activeFaults: activeFaults() })
        }
      } catch {
        // it was killed: the next question finds it again
      }
      onSample()
      await wait(everyMs)
    }
  })()
  return {
    samples,
    latest: () => latest,
    async stop() {
      stopped = true
      await loop
      onStop()
    },
  }
}
