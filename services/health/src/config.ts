import { z } from 'zod'

export const configSchema = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  /** The operator's own models and prices, laid over the catalogue. */
  HALFTONE_CATALOGUE_FILE: z.string().optional(),
})
