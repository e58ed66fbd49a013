import { z } from 'zod'

/** Answers of hosts that speak like OpenAI, as far as they agree. Everything that one of them leaves out is optional. */

const count = z.int().min(0)

export const usageSchema = z.object({
  usage: z
    .object({
      input_tokens: count.nullish(),
      output_tokens: count.nullish(),
      input_tokens_details: z.object({ text_tokens: count, image_tokens: count }).partial().nullish(),
    })
    .nullish(),
})

/** `code` is a text at OpenAI, a number at others; an error may also be the whole body, or a bare text. */
const errorSchema = z.object({
  message: z.string().nullish(),
  type: z.string().nullish(),
  code: z.union([z.string(), z.number()]).nullish(),
})
export const errorAnswerSchema = z.union([
  z.object({ error: z.union([errorSchema, z.string().min(1)]) }),
  errorSchema.extend({ message: z.string() }),
  z.string().min(1),
])
export type ErrorAnswer = z.infer<typeof errorAnswerSchema>
