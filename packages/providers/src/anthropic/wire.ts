import { z } from 'zod'

/** Answers of the Messages API, as far as we read them. */

const count = z.int().min(0)

export const messageSchema = z.object({
  type: z.literal('message'),
  content: z.array(
    z.union([z.object({ type: z.literal('text'), text: z.string() }), z.object({ type: z.string() })]),
  ),
  stop_reason: z.string().nullable(),
  usage: z.object({
    input_tokens: count,
    output_tokens: count,
    cache_creation_input_tokens: count.nullish(),
    cache_read_input_tokens: count.nullish(),
  }),
})
export type Message = z.infer<typeof messageSchema>

export const errorAnswerSchema = z.object({
  type: z.literal('error'),
  error: z.object({ type: z.string(), message: z.string() }),
})
export type WireError = z.infer<typeof errorAnswerSchema>['error']
