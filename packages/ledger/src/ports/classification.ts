import type { JobBody, Tag } from '@halftone/contracts'

export interface Untagged {
  id: string
  body: JobBody
}

export interface Classification {
  /** The queued jobs of a range of a bulk (both ends included), or one job. Empty when they were tagged before. */
  untagged(ticket: { bulk: string; from: number; to: number } | { job: string }): Promise<Untagged[]>
  /** queued → classified. */
  tag(tags: { id: string; tag: Tag }[]): Promise<void>
}
