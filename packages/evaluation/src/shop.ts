import type { CandidateAnswer, ContentType, QualityFloor, QualityScore } from '@halftone/contracts'

/** What the pass needs of a Halftone server. Failures are the caller's own and pass through. */
export interface Shop {
  get(path: string): Promise<unknown>
  post(path: string, body: unknown, idempotencyKey?: string): Promise<unknown>
  /** With the admin key. */
  record(book: { scores: QualityScore[]; floors: QualityFloor[] }): Promise<void>
  fetchPicture(url: string): Promise<Uint8Array>
  /** Whether a failure is the server's no, after which nothing is stored: over budget, or impossible. */
  isRefusal(error: unknown): boolean
}

/** What a content type is known by now. */
interface KnownQuality {
  provider: string
  model: string
  quality: number
  prior: { score: number; weight: number }
}

export type KnownByType = ReadonlyMap<ContentType, readonly KnownQuality[]>

/** A model at the size that it is compared at. */
export interface Contender {
  /** provider/model */
  key: string
  size: string
  usd: string
}

export type ProbeCandidate = Pick<
  CandidateAnswer,
  'provider' | 'model' | 'cost_usd' | 'eligible' | 'reason' | 'batch'
>
