import {
  batchTermsEnv,
  type LimitOverrides,
  limitOverridesSchema,
  limitsOf,
  type ProviderLimits,
  type ProviderSpec,
} from '@halftone/contracts'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'

export const configSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  /** The operator's own models and prices, laid over the catalogue. */
  HALFTONE_CATALOGUE_FILE: z.string().optional(),
  /** Providers whose prices nobody could confirm for this long are not chosen. */
  HALFTONE_PRICE_MAX_AGE_MS: z.coerce.number().int().min(1).default(10_800_000),
  HALFTONE_SIMULATE: flag,
  /** A call whose worker died, and that no other took over for so long, is of unknown outcome. */
  HALFTONE_ORPHAN_MS: z.coerce.number().int().min(15_000).default(600_000),
  /** Ids of the providers that have a key; the keys themselves are in the worker alone. */
  HALFTONE_PROVIDERS: z
    .string()
    .default('')
    .transform((text) => new Set(text.split(',').flatMap((id) => id.trim() || []))),
  ...batchTermsEnv,
  /** Replaces the catalogue's figures. */
  HALFTONE_LIMITS: limitOverridesSchema,
})

/** What each configured provider allows, by its id. */
export function poolLimits(
  providers: readonly ProviderSpec[],
  configured: ReadonlySet<string>,
  overrides: LimitOverrides,
): Map<string, ProviderLimits> {
  return new Map(
    providers
      .filter(({ id }) => configured.has(id))
      .map((provider) => [provider.id, limitsOf(provider, overrides)]),
  )
}
