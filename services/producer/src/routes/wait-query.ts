import { limits } from '@halftone/contracts'
import { z } from 'zod'

export const waitQuery = z.strictObject({
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.waitSeconds)
    .default(0)
    .describe('Seconds to hold the answer until the job ends'),
})
