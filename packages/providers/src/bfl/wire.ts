import { z } from 'zod'

/** Answers of the Black Forest Labs API, as far as we read them. */

/** With a webhook in the request there is no `polling_url`. `cost` is in credits. */
export const submitAnswerSchema = z.object({
  id: z.string().min(1),
  polling_url: z.string().nullish(),
  cost: z.number().min(0).nullish(),
})
export type SubmitAnswer = z.infer<typeof submitAnswerSchema>

/** Older answers say `state` for `status`. */
export const resultAnswerSchema = z
  .object({
    id: z.string(),
    status: z.string().nullish(),
    state: z.string().nullish(),
    result: z.object({ sample: z.string().nullish() }).nullish(),
    details: z.unknown().optional(),
  })
  .transform(({ status, state, ...rest }) => ({ ...rest, status: status ?? state ?? '' }))
export type ResultAnswer = z.infer<typeof resultAnswerSchema>

/** FastAPI's `detail`, or another form that the provider's own examples show. */
export const errorAnswerSchema = z.union([
  z.object({
    detail: z.unknown().refine((detail) => detail !== undefined),
    retry_after: z.number().optional(),
  }),
  z.object({ error: z.string(), retry_after: z.number().optional() }),
])
