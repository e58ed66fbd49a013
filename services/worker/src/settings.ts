import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from './config.ts'

export interface Settings {
  /** This process, for leases. */
  owner: string
  leaseMs: number
  /** One call to a provider, from the first byte to the last. */
  callTimeoutMs: number
  /** An accepted call that has not ended after this is `unknown`. */
  pollMaxMs: number
  /** How long a provider is asked for a lost call. */
  findMs: number
  callbackUrl: string | null
  /** A job whose calls failed so often, at whatever providers, ends failed. Waiting is not counted. */
  attemptsMax: number
  simulated: boolean
}

export function settingsOf(config: Config): Settings {
  return {
    owner: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    leaseMs: config.HALFTONE_LEASE_MS,
    callTimeoutMs: config.HALFTONE_CALL_TIMEOUT_MS,
    pollMaxMs: config.HALFTONE_POLL_MAX_MS,
    findMs: config.HALFTONE_FIND_MS,
    attemptsMax: config.HALFTONE_ATTEMPTS_MAX,
    callbackUrl: config.HALFTONE_CALLBACK_URL ?? null,
    simulated: config.HALFTONE_SIMULATE,
  }
}
