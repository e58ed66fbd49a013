import { z } from 'zod'

export const configSchema = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
})
