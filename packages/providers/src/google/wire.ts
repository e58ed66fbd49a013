import { z } from 'zod'

/** Answers of the Gemini API and of Vertex AI, as far as we read them. */

const count = z.int().min(0)
const countsByModality = z.array(z.object({ modality: z.string(), tokenCount: count.default(0) })).nullish()

const usageSchema = z.object({
  promptTokenCount: count.nullish(),
  candidatesTokenCount: count.nullish(),
  thoughtsTokenCount: count.nullish(),
  promptTokensDetails: countsByModality,
  candidatesTokensDetails: countsByModality,
})
export type WireUsage = z.infer<typeof usageSchema>

const partSchema = z.object({
  text: z.string().nullish(),
  /** A draft that the model made for itself. */
  thought: z.boolean().nullish(),
  inlineData: z.object({ data: z.string().min(1) }).nullish(),
})

const candidateSchema = z.object({
  content: z.object({ parts: z.array(partSchema).nullish() }).nullish(),
  /** Open: new words come with new models. */
  finishReason: z.string().nullish(),
  finishMessage: z.string().nullish(),
})
export type WireCandidate = z.infer<typeof candidateSchema>

export const generateAnswerSchema = z.object({
  candidates: z.array(candidateSchema).nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: usageSchema.nullish(),
})

export const predictAnswerSchema = z.object({
  predictions: z
    .array(
      z.object({ bytesBase64Encoded: z.string().min(1).nullish(), raiFilteredReason: z.string().nullish() }),
    )
    .nullish(),
})

const detailSchema = z.looseObject({
  '@type': z.string(),
  reason: z.string().optional(),
  retryDelay: z.string().optional(),
  violations: z.array(z.looseObject({ quotaId: z.string().optional() })).optional(),
})
export const errorAnswerSchema = z.object({
  error: z.object({
    code: z.int(),
    message: z.string(),
    status: z.string(),
    details: z.array(detailSchema).nullish(),
  }),
})
export type WireError = z.infer<typeof errorAnswerSchema>['error']
