import { z } from 'zod'

export const usageDimensions = [
  'provider',
  'model',
  'content_type',
  'operation',
  'status',
  'bulk',
  'day',
] as const
/** What jobs are told apart by in a report: a property, or a key of the caller's own metadata. */
export type UsageDimension = (typeof usageDimensions)[number] | `metadata.${string}`

const usd = z.string()

export const usageSumsSchema = z.looseObject({
  jobs: z.int().describe('that ended in this time'),
  succeeded: z.int(),
  images: z.int(),
  cost_usd: usd,
  baseline_usd: usd.describe('what the succeeded jobs of bulks would have cost on the best single provider'),
  savings_usd: usd.describe('those jobs’ baseline less their cost; negative: they cost more'),
  affinity_savings_usd: usd.describe(
    'what the succeeded jobs cost less than at the cheapest model that is good enough at every content type',
  ),
  unknown_held_usd: usd.describe('held for calls whose outcome nobody knows: it may turn out to be spent'),
})

/** `data` rows hold the dimensions that were asked for as further fields, by their names; null: the job has none. */
export const usageAnswerSchema = z.object({
  from: z.string(),
  to: z.string(),
  group_by: z.array(z.string()),
  simulated: z.boolean(),
  data: z.array(usageSumsSchema),
  total: usageSumsSchema,
})
export type UsageAnswer = z.infer<typeof usageAnswerSchema>
