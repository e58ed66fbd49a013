import type { Nano } from '@halftone/contracts'
import type { BulkRow, JobRow } from './reading.ts'

/** A job that ended without its picture, and why it may not be bought once more. */
export interface FailedJob {
  job: JobRow
  /** Money is held for a call that may have been paid. */
  unknown: boolean
  /** It was bought once more before, in this bulk. */
  retriedIn: string | null
}

/** What a bulk's owner does with it while it goes on, and on the morning after. null: no such bulk in the project. */
export interface BulkControls {
  /** Nothing of it starts any more; what runs comes to its end. Deadlines go on. One that has ended stays as it is. */
  pause(projectId: string, id: string): Promise<BulkRow | null>
  resume(projectId: string, id: string): Promise<BulkRow | null>
  /**
   * For the jobs that have not started; they are planned anew. Throws `deadline_exceeded` for a deadline before the
   * `run_at` of one of them.
   */
  change(projectId: string, id: string, to: { priority?: number; deadline?: Date }): Promise<BulkRow | null>
  /** What is left of its own budget (null: it has none), and the jobs that ended so, in their order. */
  failed(
    projectId: string,
    id: string,
    statuses: readonly ('failed' | 'expired' | 'canceled')[],
  ): Promise<{ bulk: BulkRow; budgetLeft: Nano | null; jobs: FailedJob[] } | null>
}
