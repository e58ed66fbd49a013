import { HalftoneError } from './halftone-error.ts'
import { sleep } from './sleep.ts'
import type { Transport } from './transport.ts'
import type { JobAnswer } from './wire.ts'

export interface WaitOptions {
  /** Default 10 minutes. The job goes on when it is over. */
  timeoutMs?: number
  signal?: AbortSignal
}

/** Proxies cut what is silent for a minute. */
const holdSeconds = 30
const soonMs = 1_000

/** The job once it has ended, however it ended. Throws `timeout`. */
export async function waitForJob(
  transport: Transport,
  id: string,
  { timeoutMs = 600_000, signal }: WaitOptions,
): Promise<JobAnswer> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const leftMs = until - Date.now()
    if (leftMs <= 0) throw notInTime(id, timeoutMs)
    const wait = Math.min(holdSeconds, Math.ceil(leftMs / 1_000))
    const asked = Date.now()
    const path = `/v1/jobs/${encodeURIComponent(id)}?wait=${wait}`
    const job = await transport.json<JobAnswer>({ method: 'GET', path, waitMs: wait * 1_000, signal })
    if (hasEnded(job)) return job
    // a server that is being stopped does not hold its answers
    if (Date.now() - asked < Math.min(soonMs, leftMs)) await sleep(soonMs / 2, signal)
  }
}

export function hasEnded({ status }: Pick<JobAnswer, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'expired'
}

function notInTime(jobId: string, timeoutMs: number): HalftoneError {
  return new HalftoneError(`the job has not ended within ${timeoutMs} ms; it goes on`, {
    code: 'timeout',
    jobId,
    limit: timeoutMs,
    next: 'wait for it by its id, or cancel it',
  })
}
