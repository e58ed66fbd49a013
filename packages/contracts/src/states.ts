/** A job's way: queued → classified → dispatched → running → one of the ended states. */
export const jobStatuses = [
  'queued',
  'classified',
  'dispatched',
  'running',
  'succeeded',
  'failed',
  'canceled',
  'expired',
] as const
export type JobStatus = (typeof jobStatuses)[number]

export const endedStatuses = ['succeeded', 'failed', 'canceled', 'expired'] as const
export type EndedStatus = (typeof endedStatuses)[number]

export function hasEnded(status: JobStatus): status is EndedStatus {
  return (endedStatuses as readonly string[]).includes(status)
}

/**
 * One paid call. The row is inserted as `submitting` and committed before the first byte leaves.
 * `submitted` = the provider named its own id. `settled` = paid and booked. `released` = not paid.
 * `unknown` = may have been paid, its money stays held. `resolved` = an unknown whose truth was found.
 */
export const attemptStates = [
  'submitting',
  'submitted',
  'settled',
  'released',
  'unknown',
  'resolved',
] as const
export type AttemptState = (typeof attemptStates)[number]

/**
 * What the operator says of a provider's pool. `paused`: nothing new starts. `draining`: the same, until nothing is under
 * way any more; then it is `drained`, and stays so until it is resumed.
 */
export const poolStates = ['active', 'paused', 'draining', 'drained'] as const
export type PoolState = (typeof poolStates)[number]

export const bulkStatuses = ['running', 'paused', 'completed', 'canceled'] as const
export type BulkStatus = (typeof bulkStatuses)[number]
