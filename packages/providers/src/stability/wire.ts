import { z } from 'zod'

/** Errors of Stability's v2 API. Good answers are the picture's own bytes. */
export const errorAnswerSchema = z.object({
  id: z.string(),
  name: z.string(),
  errors: z.array(z.string()).min(1),
})
export type WireError = z.infer<typeof errorAnswerSchema>
