import { z } from 'zod'

export const configSchema = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  /** Ranges of at most 250 jobs worked on at the same time. */
  HALFTONE_CLASSIFY_CONCURRENCY: z.coerce.number().int().min(1).default(4),
  /** Below this confidence a job's content type is `unknown`, and the strictest floor of the plausible ones applies. */
  HALFTONE_CONTENT_TYPE_CONFIDENCE: z.coerce.number().min(0).max(1).default(0.6),
})
