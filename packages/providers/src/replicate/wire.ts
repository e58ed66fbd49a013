import { z } from 'zod'

/** Answers of the Replicate API, as far as we read them. */

/** What matters right after the submit is the id, whatever else the answer holds. */
export const createdSchema = z.object({ id: z.string().min(1), status: z.string() })

export const predictionSchema = z.object({
  id: z.string().min(1),
  status: z.enum(['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted']),
  /** Any JSON; null until there is one, and again an hour after the end. */
  output: z.unknown(),
  error: z.string().nullish(),
  data_removed: z.boolean().nullish(),
  metrics: z.object({ predict_time: z.number().min(0).optional() }).nullish(),
})
export type Prediction = z.infer<typeof predictionSchema>

export const predictionPageSchema = z.object({
  next: z.string().nullish(),
  results: z.array(z.object({ id: z.string(), created_at: z.string(), webhook: z.string().nullish() })),
})
export type PredictionPage = z.infer<typeof predictionPageSchema>

export const fileSchema = z.object({ urls: z.object({ get: z.url() }) })

/** The problem document, or the older `{error}`. */
export const errorAnswerSchema = z.union([
  z.object({ detail: z.string(), retry_after: z.number().optional() }),
  z.object({ error: z.string(), retry_after: z.number().optional() }),
])
