import type { Finish, StoredImage } from '@halftone/ledger'

export interface JobTerms {
  id: string
  hold: bigint
  ceiling: bigint | null
  tells: boolean
  /** The quote that binds it, and what the operator pays beyond at most. */
  quote: { id: string; overrunMax: bigint } | null
}

interface Key {
  key: string
  body: number
}

/** One call of the ledger, with nothing left to chance. `lapse`, `late`: time passes; `send`, `price`: the provider's side. */
export type Action =
  | { do: 'accept'; job: JobTerms; key: Key | null }
  | { do: 'bulk'; id: string; limit: bigint | null; tells: boolean; jobs: JobTerms[]; key: Key | null }
  | { do: 'tag' | 'assign' | 'unassign' | 'end' | 'cancel' | 'late'; job: string }
  | { do: 'cancel-bulk'; bulk: string }
  | { do: 'dispatch'; job: string; worst: bigint }
  | { do: 'give-back' | 'redispatch'; job: string; generation: number }
  | { do: 'claim'; job: string; generation: number; attempt: string; owner: string; worst: bigint }
  | { do: 'submitted'; attempt: string; fence: bigint; owner: string; ref: string }
  | { do: 'finish'; owner: string; finish: Finish }
  | { do: 'resolve'; attempt: string; cost: bigint | null; images: StoredImage[] }
  | { do: 'extend'; owner: string }
  | { do: 'lapse'; attempt: string }
  /** `again`: no time has passed since the one before. */
  | { do: 'sweep'; again: boolean }
  | { do: 'budget'; limit: bigint | null }
  | { do: 'send'; attempt: string; paid: boolean }
  | { do: 'price'; nano: bigint }

/** What a call is answered, as far as it is fixed. */
export type Answer = string
/** Lost workers after which a job counts as poison. */
export const recoveriesMax = 1
/** Tickets for a takeover that nobody took, after which the call counts as lost. */
export const ticketsMax = 3
