import { z } from 'zod'

/** Answers of OpenRouter's images API, as far as we read them. */

const count = z.int().min(0)
const usd = z.number().min(0)

const usageSchema = z.object({
  prompt_tokens: count.nullish(),
  completion_tokens: count.nullish(),
  cost: usd.nullish(),
  is_byok: z.boolean().nullish(),
  cost_details: z.object({ upstream_inference_cost: usd.nullish() }).nullish(),
})
export type WireUsage = z.infer<typeof usageSchema>

export const imagesAnswerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().min(1) })),
  usage: usageSchema.nullish(),
})

export const errorAnswerSchema = z.object({
  error: z.object({
    /** An HTTP status, also where the answer itself is a 200. */
    code: z.int(),
    message: z.string(),
    metadata: z.object({ reasons: z.array(z.string()).nullish() }).nullish(),
  }),
})
