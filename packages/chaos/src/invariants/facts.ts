import type { AttemptState, JobStatus, Nano } from '@halftone/contracts'

/** All that is known of a run after it: read from outside, never asked of the services that are judged. */
export interface Facts {
  jobs: JobFact[]
  attempts: AttemptFact[]
  entries: EntryFact[]
  /** Projects and bulks: whoever has a balance. */
  accounts: AccountFact[]
  messages: MessageFact[]
  /** The simulator's books: every payment there was. */
  payments: PaymentFact[]
  deliveries: { id: string; type: string; jobId: string | null; good: boolean }[]
  /** Ids and job counts that the API promised, by idempotency key. */
  promises: PromiseFact[]
  /** Commits at which the audit trigger saw an account above its limit. */
  overBudget: { account: string; held: Nano; spent: Nano; limit: Nano; overrun: Nano }[]
  /** How many commits the audit saw: it must not be blind. */
  audited: number
  /** Hashes of pictures that jobs name and that the store does not have, or has under another content. */
  badPictures: string[]
  /** Where something was found that may be nowhere: `provider key in worker's log`. */
  leaks: string[]
  priceChanges: { at: number; provider: string; model: string; ruleId: string }[]
  /** When each version of a rule was written, epoch ms. */
  priceNews: { ruleId: string; at: number }[]
  samples: Sample[]
  /** The most attempts of unknown outcome that the faults explain. */
  unknownMax: number
  /** Rules that the ledger's own check found broken. */
  balanceFaults: string[]
}

export interface JobFact {
  id: string
  projectId: string
  bulkId: string | null
  status: JobStatus
  onUnknown: string
  holdNano: Nano
  unknownNano: Nano
  pictures: string[]
  webhook: boolean
  /** The metadata's name: one for each key. */
  name: string | null
}

export interface AttemptFact {
  id: string
  jobId: string
  provider: string
  model: string
  ruleId: string
  state: AttemptState
  costNano: Nano | null
  worstNano: Nano
  /** Epoch ms; `committedAt` as the audit trigger saw its insertion, at the latest moment before the commit. */
  startedAt: number
  committedAt: number | null
  finishedAt: number | null
}

export interface EntryFact {
  kind: string
  accounts: string[]
  attemptId: string | null
  from: string
  to: string
  nano: Nano
}

export interface AccountFact {
  id: string
  held: Nano
  spent: Nano
}

export interface MessageFact {
  id: string
  type: string
  jobId: string | null
  bulkId: string | null
}

export interface PaymentFact {
  attemptId: string | null
  provider: string
  model: string
  nano: Nano
  at: number
}

export interface PromiseFact {
  key: string
  /** The texts of the answers that accepted it: they must be one and the same. */
  accepted: string[]
  /** Jobs that are stored under it. */
  stored: number
  /** Jobs that were promised: 1, or those of the bulk. */
  promised: number
}

export interface Sample {
  /** Epoch ms. */
  at: number
  /** Grows with everything that gets done. */
  done: number
  /** Whether there is anything to do. */
  open: boolean
  activeFaults: number
}

/** What is wrong, each in a line; empty when the invariant holds. */
export type Invariant = (facts: Facts) => string[]
