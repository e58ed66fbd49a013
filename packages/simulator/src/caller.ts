import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Provider } from './prices/table.ts'
import type { Simulation } from './simulation.ts'
import type { ErrorShape } from './wire-error.ts'

/**
 * Any bearer key opens the door but `invalid`. Two more mean something: `no-credit` has no money left, and
 * `low-credit` is what Replicate calls an account with under five dollars.
 */
export const keys = { invalid: 'invalid', noCredit: 'no-credit', lowCredit: 'low-credit' } as const

/** Finds the key in a request, where this provider wants it. */
export type ReadKey = (request: FastifyRequest) => string | null

/** Whose request it is: a name of the key from which the key cannot be had back. Throws the provider's own 401. */
export function accountOf(request: FastifyRequest, errors: ErrorShape, readKey: ReadKey = keyOf): string {
  const key = readKey(request)
  if (key === null || key === keys.invalid) throw errors.unauthorized()
  return `key-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`
}

/** Lets in a request that would be paid for, or throws the provider's 401, 402 or 429. */
export function admitPaid(
  request: FastifyRequest,
  simulation: Simulation,
  provider: Provider,
  errors: ErrorShape,
  readKey: ReadKey = keyOf,
): string {
  const account = accountOf(request, errors, readKey)
  if (readKey(request) === keys.noCredit) throw errors.noCredit()
  const waitMs = simulation.admit(provider, account)
  if (waitMs > 0) throw errors.rateLimited(waitMs)
  return account
}

export function keyOf(request: FastifyRequest): string | null {
  const own = request.headers['x-api-key']
  if (typeof own === 'string') return own
  return /^(?:Bearer|Token)\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

/** For providers that take the key in a header of its own. */
export function keyInHeader(name: string): ReadKey {
  return (request) => {
    const key = request.headers[name]
    return typeof key === 'string' && key !== '' ? key : null
  }
}

/** The attempt that a request belongs to, if its caller says so in the idempotency key. No provider acts on it. */
export function attemptOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  return typeof key === 'string' && key.startsWith('att_') ? key : null
}
