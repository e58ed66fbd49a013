import type { Nano } from '@halftone/contracts'
import type { Accepted, Idempotency } from './acceptance.ts'

/** Jobs of a quote that ask for the same, as far as it shapes the price, and what was promised for each of them. */
export interface QuotedShare {
  /** SHA-256 of `request`, in hex. */
  digest: string
  request: Record<string, unknown>
  jobs: number
  provider: string
  model: string
  cost: Nano
  baseline: Nano | null
  expectedMs: number
}

export interface NewQuote {
  id: string
  projectId: string
  kind: 'job' | 'bulk'
  requestDigest: Buffer
  /** Empty: nobody could do it. */
  shares: QuotedShare[]
  baselineModel: string | null
  priceVersion: number
  /** null: there is nothing to bind. */
  total: Nano | null
  expiresAt: Date
}

export interface QuoteRow extends NewQuote {
  /** By the server's clock, when it was read. */
  expired: boolean
  /** The job or bulk that it binds. */
  usedBy: string | null
  createdAt: Date
}

/** What a quoted job did cost beyond its quote. */
export interface OverrunRow {
  jobId: string
  bulkId: string | null
  projectId: string
  quoteId: string
  provider: string
  model: string
  quoted: Nano
  /** What the provider charged. */
  cost: Nano
  absorbed: Nano
  /** Versions of the price book at the quote and at the call. */
  quotedVersion: number
  paidVersion: number
  at: Date
}

export interface Quotes {
  /** Stores a quote, and its answer under the idempotency key. Nothing is held. Throws `idempotency_mismatch`. */
  save(input: {
    quote: NewQuote
    idempotency: (Idempotency & { status: number; answer: unknown }) | null
  }): Promise<Accepted>
  /** null for unknown ones and those of other projects. */
  find(projectId: string, id: string): Promise<QuoteRow | null>
  /** Newest first. */
  overruns(filter: {
    limit: number
    cursor?: string
  }): Promise<{ overruns: OverrunRow[]; nextCursor: string | null }>
  overrunTotals(): Promise<{ jobs: number; absorbed: Nano }>
}
