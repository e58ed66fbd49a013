import type { ModelSpec } from '@halftone/contracts'
import type { Call, Result } from './image-provider.ts'

/** Calls that go to the provider's batch API together: one model, one kind of call. */
export interface Lot {
  /** Travels with the batch, so that it can be found again. */
  id: string
  spec: ModelSpec
  operation: Call['request']['operation']
  lines: readonly string[]
}

/**
 * `final`: none will ever come, since what was uploaded for it is gone. Else it may still be on its way, and only time
 * shows that it is not.
 */
export type FoundLot = { kind: 'found'; ref: string } | { kind: 'none'; final: boolean }

/** `billed`: how many lines the provider says it did; null = it does not say. */
export type LotStatus = { kind: 'running' } | { kind: 'ended'; billed: number | null; why: string }

/** The end of one line, in no order. */
export interface LineEnd {
  /** The attempt's id. */
  id: string
  /** It brings pictures: it counts as billed. */
  brings: boolean
  /** The pictures, or a `ProviderError` that says whether the line is billed. */
  read(call: Pick<Call, 'spec' | 'request' | 'images' | 'signal'>): Promise<Result>
}

/**
 * A provider's batch API. A lot is submitted once, like a paid call; everything else is free and may be repeated.
 * Failures are `ProviderError`s: of `submit`, `billed: 'unknown'` says that the provider may have it.
 */
export interface BatchDesk {
  linesMax: number
  /** Most bytes of all lines of a lot. */
  bytesMax: number
  /** One call as a line of the file. Throws where it cannot be said in a batch. */
  line(call: Call): Promise<string>
  /**
   * Answers the provider's id. `keepFile` hears the id of what was uploaded, right before the paid request: if it
   * answers false, nothing is sent and it throws.
   */
  submit(lot: Lot, keepFile: (fileId: string) => Promise<boolean>, signal: AbortSignal): Promise<string>
  find(lotId: string, since: Date, signal: AbortSignal): Promise<FoundLot>
  poll(ref: string, signal: AbortSignal): Promise<LotStatus>
  /** What has ended by now. A line that is not among it after the lot's end was not done. */
  results(ref: string, signal: AbortSignal): AsyncIterable<LineEnd>
  cancel(ref: string, signal: AbortSignal): Promise<void>
}
