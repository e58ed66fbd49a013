import { z } from 'zod'

export const configSchema = z
  .object({
    DATABASE_URL: z.url(),
    REDIS_URL: z.url(),
    /** Ranges of at most 250 jobs worked on at the same time. */
    HALFTONE_CLASSIFY_CONCURRENCY: z.coerce.number().int().min(1).default(4),
    /** Below this confidence a job's content type is `unknown`, and the strictest floor of the plausible ones applies. */
    HALFTONE_CONTENT_TYPE_CONFIDENCE: z.coerce.number().min(0).max(1).default(0.6),
    /**
     * A chat model behind an OpenAI-compatible API that is asked about jobs whose type is `unknown`; none by default.
     * Prompts go there. Base URL up to and without `/chat/completions`.
     */
    HALFTONE_SECOND_OPINION_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    HALFTONE_SECOND_OPINION_MODEL: z.string().optional(),
    HALFTONE_SECOND_OPINION_KEY: z.string().optional(),
    /** The longest that one ticket (at most 250 jobs) waits for it. */
    HALFTONE_SECOND_OPINION_WAIT_MS: z.coerce.number().int().min(1).max(30_000).default(2_000),
    /** Calls a UTC day and process: what is spent on it is bounded by this. */
    HALFTONE_SECOND_OPINION_CALLS_PER_DAY: z.coerce.number().int().min(0).default(1_000),
  })
  .refine((config) => !config.HALFTONE_SECOND_OPINION_URL || config.HALFTONE_SECOND_OPINION_MODEL, {
    path: ['HALFTONE_SECOND_OPINION_MODEL'],
    message: 'is needed beside HALFTONE_SECOND_OPINION_URL',
  })
export type Config = z.infer<typeof configSchema>
