import type { ProviderSpec } from '@halftone/contracts'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'

const overridesSchema = z.record(
  z.string(),
  z.strictObject({ requests_per_minute: z.int().min(1), concurrent: z.int().min(1) }).partial(),
)
type Overrides = z.infer<typeof overridesSchema>

/** `{"replicate": {"requests_per_minute": 300, "concurrent": 48}}`: replaces the catalogue's figures. */
const overrides = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' })
      return z.NEVER
    }
  })
  .pipe(overridesSchema)

export const configSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  /** Providers whose prices nobody could confirm for this long are not chosen. */
  HALFTONE_PRICE_MAX_AGE_MS: z.coerce.number().int().min(1).default(10_800_000),
  HALFTONE_SIMULATE: flag,
  /** Ids of the providers that have a key; the keys themselves are in the worker alone. */
  HALFTONE_PROVIDERS: z
    .string()
    .default('')
    .transform((text) => new Set(text.split(',').flatMap((id) => id.trim() || []))),
  HALFTONE_LIMITS: overrides,
})

/** What each configured provider allows, by its id. */
export function poolLimits(
  providers: readonly ProviderSpec[],
  configured: ReadonlySet<string>,
  given: Overrides,
): Map<string, ProviderSpec['limits']> {
  return new Map(
    providers
      .filter(({ id }) => configured.has(id))
      .map(({ id, limits }) => [id, { ...limits, ...given[id] }]),
  )
}
