import type { ImageRequest, ModelSpec, Nano, ProviderErrorCode, TokenStream } from '@halftone/contracts'
import type { BatchDesk } from './batch-desk.ts'
import type { MaskForm } from './mask/mask-form.ts'

/**
 * What to do when a call's answer was lost:
 * `idempotent`: send again with the same key; `findable`: ask the provider by our attempt id; `blind`: nobody can tell.
 */
export type Recoverability = 'idempotent' | 'findable' | 'blind'

export interface Credentials {
  key: string
  /** Without trailing slash, with the version: "https://api.openai.com/v1". */
  baseUrl: string
  /** May read what the provider billed, where the paying key may not. */
  adminKey?: string
  /** The provider's id of `key`, where its usage report counts by it. */
  keyId?: string
}

/** One paid call. */
export interface Call {
  /** Sent as `Idempotency-Key`, and in the callback URL where there is one, so that a lost call can be traced. */
  attemptId: string
  spec: ModelSpec
  request: ImageRequest
  /** The quality of the plan's choice: what is sent and priced. null = none is sent. */
  quality: string | null
  /** Input pictures in the request's order, as stored. */
  images: Uint8Array[]
  /** Canonical mask (8-bit grey PNG, white = edit), if the request has one. */
  mask: Uint8Array | null
  /** Where the provider may announce the end; only ever a hint. */
  callbackUrl: string | null
  /** Gets pictures of the work under way, from providers that send such; each may cost a little more. */
  onPartial?(image: Uint8Array, index: number): void
  /** How many of them to ask for, at most. */
  partials?: number
  signal: AbortSignal
}

/** What the provider says it did, for the bill. */
export interface Usage {
  tokens?: Partial<Record<TokenStream, number>>
  seconds?: number
  /** How much of the rule's unit the provider bills, as an exact decimal. It outranks what we would count ourselves. */
  units?: string
  /** Pictures that the provider counts, where it says so: they may be more or fewer than it sent. */
  images?: number
  /** The provider's own figure, where its answer has one; it outranks our price rule. */
  reported?: Nano
}

export interface Result {
  /** As the provider sent them, n or fewer. Bytes decide format and size, never the claim. */
  images: Uint8Array[]
  usage: Usage
}

export type Started =
  | { kind: 'done'; result: Result }
  | { kind: 'accepted'; providerRef: string; pollAfterMs: number }
export type Polled = { kind: 'done'; result: Result } | { kind: 'pending'; pollAfterMs: number }

/** What a provider's usage report counts in one bucket of time; `model`: as sent to it. null = it does not say. */
export interface UsageCount {
  from: Date
  to: Date
  model: string | null
  size: string | null
  requests: number
  images: number
}

/**
 * One provider's wire. Sends each paid request once: no retries here or below. Every failure is a `ProviderError`.
 * Holds no state between calls.
 */
export interface ImageProvider {
  id: string
  recoverability: Recoverability
  /** How a mask travels to this model for this kind of edit; null, or no such method: not at all. */
  maskForm?(spec: ModelSpec, editKind: string): MaskForm | null
  /** Makes the paid call. A synchronous provider answers `done`. */
  start(call: Call): Promise<Started>
  /**
   * Asks for the end of an accepted call. Free; may be repeated. Absent on synchronous providers.
   * A `ProviderError` with `billed: 'unknown'` says that asking failed and nothing of the call: ask again.
   * With `yes` or `no` the call has ended without a picture.
   */
  poll?(providerRef: string, call: Pick<Call, 'spec' | 'request' | 'signal'>): Promise<Polled>
  cancel?(providerRef: string, signal: AbortSignal): Promise<void>
  /**
   * Finds a lost call by our attempt id; null = the provider has none, so it was never paid. Free.
   * Throws where it cannot tell: then the call stays unknown.
   */
  find?(attemptId: string, since: Date, signal: AbortSignal): Promise<string | null>
  /**
   * What the provider counted as billed between two whole minutes. Free; late by up to half an hour. Throws where the
   * report is not whole. Absent where there is no such report, or no key that may read it.
   */
  usage?(since: Date, until: Date, signal: AbortSignal): Promise<UsageCount[]>
  /** Its batch API, where it has one. */
  batch?: BatchDesk
  /** A free call that shows whether key and host work. */
  probe(signal: AbortSignal): Promise<void>
}

interface ErrorDetail {
  billed: Billed
  retryAfterMs?: number | null
  status?: number | null
  usage?: Usage | null
  cause?: unknown
}

/** Whether the failed call costs money. `unknown`: it was sent and the answer never came. */
export type Billed = 'no' | 'yes' | 'unknown'

/** `message` is fit for the caller; the provider's own words stay in `cause`. */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode
  readonly billed: Billed
  readonly retryAfterMs: number | null
  readonly status: number | null
  /** What a billed failure is billed for, where the provider says so. */
  readonly usage: Usage | null

  constructor(code: ProviderErrorCode, message: string, detail: ErrorDetail) {
    super(message, { cause: detail.cause })
    this.name = 'ProviderError'
    this.code = code
    this.billed = detail.billed
    this.retryAfterMs = detail.retryAfterMs ?? null
    this.status = detail.status ?? null
    this.usage = detail.usage ?? null
  }
}
