import { Failure } from './failure.ts'
import type { Terminal } from './verb.ts'

const pausesMs = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]

/** Repeats a call that does no harm twice for as long as the server is away or asks to wait: for about 40 seconds. */
export async function tryAgain<T>(
  { pause, interrupted }: Pick<Terminal, 'pause' | 'interrupted'>,
  call: () => Promise<T>,
  onPause: (why: Failure) => void = () => {},
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call()
    } catch (error) {
      const ms = pausesMs[tries]
      if (!(error instanceof Failure) || !passes(error) || ms === undefined || interrupted.aborted)
        throw error
      onPause(error)
      await pause(ms)
      if (interrupted.aborted) throw new Failure('interrupted', 'interrupted')
    }
  }
}

function passes({ kind, status, code }: Failure): boolean {
  if (kind === 'unreachable' || code === 'idempotency_in_flight') return true
  return status !== null && [429, 502, 503, 504].includes(status)
}
