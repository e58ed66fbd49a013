import type { Nano } from '@halftone/contracts'
import type { StoredImage } from '@halftone/ledger'
import type { Pass } from '@halftone/limits'
import type { Result } from '@halftone/providers'
import { ProviderError } from '@halftone/providers'
import type { Bell } from './bells.ts'
import type { Order } from './order.ts'

/** An attempt in hand: its intent is committed, and by its fence this process may write its end. */
export interface Attempt extends Order {
  id: string
  fence: bigint
  startedAt: Date
  ruleId: string
  priceVersion: number
  /** The most it can cost: this is held. */
  worst: Nano
  /** Aborted when the job's cancel is asked for. */
  canceled: AbortSignal
  /** Rings when the provider calls back. */
  bell: Bell
  /** The breaker's leave, to be told how the call went; absent where an earlier worker made it. */
  pass?: Pass
}

/** How a call ended. */
export type CallEnd =
  | { kind: 'pictures'; result: Result }
  /** Its pictures were stored before, and are only to be booked. */
  | { kind: 'stored'; images: StoredImage[]; cost: Nano }
  | { kind: 'failed'; error: ProviderError }
  /** The provider stopped it because we asked. */
  | { kind: 'canceled'; error: ProviderError }
  /** It was too late to send it. */
  | { kind: 'unsent' }

export function outcomeUnknown(attempt: Attempt, cause?: unknown): CallEnd {
  const message = `The call to ${attempt.provider.id} was cut: it may have been paid`
  return {
    kind: 'failed',
    error: new ProviderError('outcome_unknown', message, { billed: 'unknown', cause }),
  }
}
