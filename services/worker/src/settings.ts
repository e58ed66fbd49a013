import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from './config.ts'
import type { LotSettings } from './lots/lot-desk.ts'

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
  /** What callback URLs are signed by. */
  callbackSecret: string
  /** How often unknown outcomes are looked at; the older, the more rarely. */
  reconcileMs: number
  /** A provider's word that there was no such call, and its usage report, count after this. */
  lagMs: number
  /** How far a provider's clock may be off ours. */
  usageSkewMs: number
  /** What is still unknown after this needs a person. */
  personMs: number
  /** A job whose calls failed so often, at whatever providers, ends failed. Waiting is not counted. */
  attemptsMax: number
  simulated: boolean
}

export function lotSettingsOf(config: Config): LotSettings {
  return {
    collectMs: config.HALFTONE_LOT_COLLECT_MS,
    linesMax: config.HALFTONE_LOT_LINES,
    bytesMax: config.HALFTONE_LOT_BYTES,
    pollMs: config.HALFTONE_LOT_POLL_MS,
    reserveMs: config.HALFTONE_BATCH_RESERVE_MS,
  }
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
    callbackSecret: config.HALFTONE_URL_SECRET ?? '',
    reconcileMs: config.HALFTONE_RECONCILE_MS,
    lagMs: config.HALFTONE_RECONCILE_LAG_MS,
    usageSkewMs: config.HALFTONE_USAGE_SKEW_MS,
    personMs: config.HALFTONE_PERSON_MS,
    simulated: config.HALFTONE_SIMULATE,
  }
}
