import { catalogueNames } from '@halftone/catalogue'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'

export const configSchema = z
  .object({
    DATABASE_URL: z.url(),
    REDIS_URL: z.url(),
    HALFTONE_CATALOGUE: z.enum(catalogueNames).default('current'),
    HALFTONE_SIMULATE: flag,
    /** No trailing slash. Needed under HALFTONE_SIMULATE. */
    HALFTONE_SIMULATOR_URL: z
      .url()
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    /** How often each source is read. */
    HALFTONE_PRICE_POLL_MS: z.coerce.number().int().min(100).default(3_600_000),
  })
  .refine((config) => !config.HALFTONE_SIMULATE || config.HALFTONE_SIMULATOR_URL, {
    path: ['HALFTONE_SIMULATOR_URL'],
    message: 'is needed under HALFTONE_SIMULATE',
  })
