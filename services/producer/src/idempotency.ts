import { createHash } from 'node:crypto'
import { AppError } from '@halftone/contracts'
import type { Idempotency, Ledger } from '@halftone/ledger'

export interface Stored {
  status: number
  answer: unknown
}

export interface IdempotencyGate {
  /**
   * Runs `work` unless the same key and body were answered before: then that answer comes back.
   * Without a key, just runs it. Throws `idempotency_mismatch` (another body) and `idempotency_in_flight`.
   */
  once(
    caller: { projectId: string; key: string | null },
    /** Text that is equal for equal requests; asked for only if there is a key. */
    canonical: () => string | Buffer,
    work: (idempotency: Idempotency | null) => Promise<Stored>,
  ): Promise<Stored & { replayed: boolean }>
}

export function createIdempotencyGate(accept: Pick<Ledger['accept'], 'replay'>): IdempotencyGate {
  const inFlight = new Set<string>()
  return {
    async once({ projectId, key }, canonical, work) {
      if (key === null) return { ...(await work(null)), replayed: false }
      const name = `${projectId} ${key}`
      if (inFlight.has(name))
        throw new AppError('idempotency_in_flight', 'a request with this key is being worked on', {
          field: '/idempotency-key',
          next: 'wait, then send the same request again',
          retryAfterSeconds: 1,
        })
      inFlight.add(name)
      try {
        const idempotency = { key, requestHash: createHash('sha256').update(canonical()).digest() }
        const before = await accept.replay(projectId, idempotency)
        if (before) return { ...before, replayed: true }
        return { ...(await work(idempotency)), replayed: false }
      } finally {
        inFlight.delete(name)
      }
    },
  }
}

/** The `Idempotency-Key` header; null when there is none. Throws `invalid_request` for one that is not 1–255 visible ASCII. */
export function idempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header
  throw new AppError('invalid_request', 'the Idempotency-Key is not valid', {
    field: '/idempotency-key',
    limit: 255,
    next: 'send 1 to 255 visible ASCII characters, once',
  })
}
