import { z } from 'zod'

/** Tickets are hints: what they name is read from Postgres, and a lost or doubled one changes nothing. Under 300 bytes each. */

/** "Tag these": a range of a bulk (at most 250 jobs), or one job. */
export const classifyTicketSchema = z.union([
  z.strictObject({ v: z.literal(1), bulk: z.string(), from: z.int(), to: z.int() }),
  z.strictObject({ v: z.literal(1), job: z.string() }),
])
export type ClassifyTicket = z.infer<typeof classifyTicketSchema>

/**
 * "Run this job now, on this provider's pool." `gen` is the dispatch generation; an older one is void. `paced`: one of
 * a backlog, which goes at the account's even rate and leaves the burst to those who come new.
 */
export const runTicketSchema = z.strictObject({
  v: z.literal(1),
  job: z.string(),
  gen: z.int(),
  paced: z.literal(true).optional(),
})
export type RunTicket = z.infer<typeof runTicketSchema>

export const jobsPerClassifyTicket = 250
