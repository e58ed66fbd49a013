import { v7 } from 'uuid'
import { z } from 'zod'

/** What each id prefix names. An id is `prefix_` + the 32 lower-case hex digits of a UUIDv7, so ids sort by time. */
export const idPrefixes = {
  job: 'job',
  bulk: 'bulk',
  quote: 'quote',
  file: 'file',
  attempt: 'att',
  lot: 'lot',
  endpoint: 'whe',
  message: 'whk',
  key: 'key',
  account: 'acc',
  project: 'prj',
  plan: 'pln',
} as const

export type IdKind = keyof typeof idPrefixes

export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${v7().replaceAll('-', '')}`
}

export function idSchema(kind: IdKind) {
  return z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{32}$`), `an id that starts with ${idPrefixes[kind]}_`)
}

/** The id of a run ticket. A new dispatch of the same job is a new generation, so a repeated relay adds nothing twice. */
export function ticketId(jobId: string, generation: number): string {
  return `${jobId}-${generation}`
}
