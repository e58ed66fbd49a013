import { z } from 'zod'
import { jsonText } from './json-text.ts'

/** What one account allows. */
export const providerLimitsSchema = z.strictObject({
  requests_per_minute: z.int().min(1),
  /** Pictures, where they are counted too; left out: no limit. */
  images_per_minute: z.int().min(1).optional(),
  /** In any 24 hours; left out: no limit. */
  requests_per_day: z.int().min(1).optional(),
  /** Calls under way at once, over all processes. */
  concurrent: z.int().min(1),
})
export type ProviderLimits = z.infer<typeof providerLimitsSchema>

/** The text of HALFTONE_LIMITS: `{"replicate": {"requests_per_minute": 300, "concurrent": 48}}`. */
export const limitOverridesSchema = z
  .string()
  .default('{}')
  .pipe(jsonText('is not JSON like {"replicate": {"requests_per_minute": 300, "concurrent": 48}}'))
  .pipe(z.record(z.string(), providerLimitsSchema.partial()))
export type LimitOverrides = z.infer<typeof limitOverridesSchema>

/** What a provider allows: the catalogue's figures, but for those that the operator knows better. */
export function limitsOf(
  { id, limits }: { id: string; limits: ProviderLimits },
  overrides: LimitOverrides,
): ProviderLimits {
  return { ...limits, ...overrides[id] }
}
