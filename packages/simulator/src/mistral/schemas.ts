import { z } from 'zod'

const tool = z.object({ type: z.string() })

export const agentSchema = z.object({
  model: z.string(),
  name: z.string().min(1),
  instructions: z.string().nullish(),
  description: z.string().nullish(),
  tools: z.array(tool).default([]),
  completion_args: z.record(z.string(), z.unknown()).optional(),
})

export const conversationSchema = z
  .object({
    agent_id: z.string().nullish(),
    model: z.string().nullish(),
    instructions: z.string().nullish(),
    tools: z.array(tool).nullish(),
    inputs: z.union([
      z.string().min(1),
      z.array(z.object({ content: z.string() })).transform((entries) => entries.at(-1)?.content ?? ''),
    ]),
    stream: z.boolean().default(false),
    store: z.boolean().nullish(),
    completion_args: z.record(z.string(), z.unknown()).nullish(),
  })
  .refine((body) => (body.agent_id == null) !== (body.model == null), {
    path: ['agent_id'],
    message: 'Either agent_id or model, and not both',
  })
