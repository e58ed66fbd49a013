import { z } from 'zod'

/** Answers of Mistral's conversations, as far as we read them. */

const count = z.int().min(0)

const chunkSchema = z.union([
  z.object({ type: z.literal('tool_file'), tool: z.string(), file_id: z.string().min(1) }),
  z.object({ type: z.string() }),
])
const outputSchema = z.union([
  z.object({
    type: z.literal('message.output'),
    content: z.union([z.string(), z.array(chunkSchema)]),
  }),
  z.object({ type: z.string(), name: z.string().nullish() }),
])

export const conversationSchema = z.object({
  conversation_id: z.string().min(1),
  outputs: z.array(outputSchema),
  usage: z.object({
    prompt_tokens: count.nullish(),
    completion_tokens: count.nullish(),
    connector_tokens: count.nullish(),
    connectors: z.record(z.string(), count).nullish(),
  }),
})
export type Conversation = z.infer<typeof conversationSchema>

/** FastAPI's shape for 422, a flat one for the rest; gateways in front of it use the last. */
export const errorAnswerSchema = z.union([
  z.object({ detail: z.array(z.object({ msg: z.string() })).min(1) }),
  z.object({
    object: z.literal('error'),
    message: z.string(),
    code: z.union([z.string(), z.number()]).nullish(),
  }),
  z.object({ message: z.string(), request_id: z.string() }),
])
