import { z } from 'zod'

/** Answers of fal's queue and of its models, as far as we read them. */

/** What matters right after the submit is the id, whatever else the answer holds. */
export const submitAnswerSchema = z.object({
  request_id: z.string().min(1),
  status_url: z.string().nullish(),
})
export type SubmitAnswer = z.infer<typeof submitAnswerSchema>

/** There is no word for a failure: it is COMPLETED, and then the result is an error. */
export const statusAnswerSchema = z.object({
  status: z.enum(['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']),
  response_url: z.string().nullish(),
})

const fileSchema = z.object({ url: z.string().min(1) })
export const outputSchema = z.object({
  images: z.array(fileSchema).nullish(),
  image: fileSchema.nullish(),
  has_nsfw_concepts: z.array(z.boolean()).nullish(),
})

const typedErrorSchema = z.object({ type: z.string(), msg: z.string().nullish() })
/** A model's errors are a list of typed ones, the platform's a sentence and a type of its own; some are the sentence alone. */
export const errorAnswerSchema = z.object({
  detail: z.union([z.string(), z.array(typedErrorSchema)]),
  error_type: z.string().nullish(),
})
export type WireError = z.infer<typeof errorAnswerSchema>
