import { z } from 'zod'

/** Answers of the OpenAI Images API, as far as we read them. */

const count = z.int().min(0)

const usageSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ text_tokens: count, image_tokens: count }).nullish(),
  output_tokens_details: z.object({ text_tokens: count, image_tokens: count }).nullish(),
})
export type WireUsage = z.infer<typeof usageSchema>

export const imagesAnswerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().min(1) })).min(1),
  usage: usageSchema.nullish(),
})

export const errorAnswerSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string().nullish(),
    code: z.string().nullish(),
    moderation_details: z.object({ moderation_stage: z.string().nullish() }).nullish(),
  }),
})
export type WireError = z.infer<typeof errorAnswerSchema>['error']

/** One event of a streamed answer: a partial picture, the final one, or an error after the headers. */
export const streamEventSchema = z.union([
  z.object({ error: errorAnswerSchema.shape.error }),
  z.object({
    type: z.string().regex(/^image_(generation|edit)\.(partial_image|completed)$/),
    b64_json: z.string().min(1),
    partial_image_index: z.int().min(0).optional(),
    usage: usageSchema.nullish(),
  }),
])
export type StreamEvent = z.infer<typeof streamEventSchema>
