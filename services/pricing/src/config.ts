import { catalogueNames } from '@halftone/catalogue'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'
import { sourcesSchema } from './source-config.ts'

export const configSchema = z
  .object({
    DATABASE_URL: z.url(),
    REDIS_URL: z.url(),
    HALFTONE_CATALOGUE: z.enum(catalogueNames).default('current'),
    /** The operator's own models and prices, laid over the catalogue. */
    HALFTONE_CATALOGUE_FILE: z.string().optional(),
    HALFTONE_SIMULATE: flag,
    /** No trailing slash. Needed under HALFTONE_SIMULATE. */
    HALFTONE_SIMULATOR_URL: z
      .url()
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    /** How often the simulator's prices are read; other sources have an interval each. */
    HALFTONE_PRICE_POLL_MS: z.coerce.number().int().min(100).default(3_600_000),
    HALFTONE_PRICE_SOURCES: sourcesSchema,
    /** The operator's own prices, YAML or JSON; read again whenever it changes. */
    HALFTONE_PRICE_FILE: z.string().optional(),
    /** How often paid calls are held against their price rules. */
    HALFTONE_PRICE_DRIFT_MS: z.coerce.number().int().min(1_000).default(300_000),
  })
  .refine((config) => !config.HALFTONE_SIMULATE || config.HALFTONE_SIMULATOR_URL, {
    path: ['HALFTONE_SIMULATOR_URL'],
    message: 'is needed under HALFTONE_SIMULATE',
  })
