import { AppError } from '@halftone/contracts'

/** The connection is gone, or the server takes none: nothing is known about a COMMIT that was on its way. */
const lost = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  // the server shuts down, starts up, has no connection left, or ended an idle transaction
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '25P03',
])

/** Deadlock, serialization failure: the same transaction again is the cure. */
const passing = new Set(['40P01', '40001'])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

export function isConnectionLost(error: unknown): boolean {
  return lost.has(codeOf(error)) || codeOf(error).startsWith('08')
}

export function isPassing(error: unknown): boolean {
  return error instanceof LockMissing || passing.has(codeOf(error))
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable'
}

export function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'the database is out of reach', { retryAfterSeconds: 2, cause })
}

/** A row changed before we locked it, so that we need an account that is not locked: run again on what is there now. */
export class LockMissing extends Error {
  override readonly name = 'LockMissing'
}
