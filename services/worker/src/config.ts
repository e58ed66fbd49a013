import { batchTermsEnv, limitOverridesSchema } from '@halftone/contracts'
import { cidrListSchema } from '@halftone/egress'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)

export const configSchema = z
  .object({
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }),
    HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
    /** The operator's own models and prices, laid over the catalogue. */
    HALFTONE_CATALOGUE_FILE: z.string().optional(),
    HALFTONE_ARTIFACTS_DIR: z.string(),
    /** Provider ids; left out: every provider that has a key. */
    HALFTONE_POOLS: list.optional(),
    /** Replaces the catalogue's figures. */
    HALFTONE_LIMITS: limitOverridesSchema,
    HALFTONE_LEASE_MS: z.coerce.number().int().min(300).default(15_000),
    HALFTONE_CALL_TIMEOUT_MS: z.coerce.number().int().min(1).default(180_000),
    HALFTONE_POLL_MAX_MS: z.coerce.number().int().min(1).default(1_800_000),
    HALFTONE_FIND_MS: z.coerce.number().int().min(0).default(30_000),
    /** How long a breaker stays open at first; it doubles with every failed probe, up to twelve times this. */
    HALFTONE_BREAKER_RESET_MS: z.coerce.number().int().min(100).default(10_000),
    /** Failed calls after which a job ends failed; told to wait (429) is not a failed call. */
    HALFTONE_ATTEMPTS_MAX: z.coerce.number().int().min(1).default(6),
    ...batchTermsEnv,
    /** A lot is sent once its first job has waited so long, */
    HALFTONE_LOT_COLLECT_MS: z.coerce.number().int().min(1).default(300_000),
    /** or when it has so many lines or bytes. */
    HALFTONE_LOT_LINES: z.coerce.number().int().min(1).default(500),
    HALFTONE_LOT_BYTES: z.coerce.number().int().min(1).default(100_000_000),
    HALFTONE_LOT_POLL_MS: z.coerce.number().int().min(1).default(30_000),
    /** Networks from which pictures may be fetched although they are private, over http too. None by default. */
    HALFTONE_DOWNLOAD_ALLOW_CIDRS: cidrListSchema,
    /** Public networks of our own, from which nothing is fetched. */
    HALFTONE_OWN_CIDRS: cidrListSchema,
    /** Where providers may announce the end of a call; a lost call is found by it. */
    HALFTONE_CALLBACK_URL: z.url({ protocol: /^https?$/ }).optional(),
    /** The same as the producer's: it shows that a callback URL is one of ours. */
    HALFTONE_URL_SECRET: z.string().min(16).optional(),
    HALFTONE_RECONCILE_MS: z.coerce.number().int().min(100).default(30_000),
    HALFTONE_RECONCILE_LAG_MS: z.coerce.number().int().min(0).default(1_800_000),
    HALFTONE_USAGE_SKEW_MS: z.coerce.number().int().min(0).default(30_000),
    HALFTONE_PERSON_MS: z.coerce.number().int().min(1).default(259_200_000),
    /** Providers whose prices nobody could confirm for this long are not chosen. */
    HALFTONE_PRICE_MAX_AGE_MS: z.coerce.number().int().min(1).default(10_800_000),
    HALFTONE_SIMULATE: flag,
    HALFTONE_SIMULATOR_URL: z.url({ protocol: /^https?$/ }).optional(),
  })
  .refine((config) => !config.HALFTONE_SIMULATE || config.HALFTONE_SIMULATOR_URL, {
    path: ['HALFTONE_SIMULATOR_URL'],
    message: 'is required with HALFTONE_SIMULATE',
  })
  .refine((config) => !config.HALFTONE_CALLBACK_URL || config.HALFTONE_URL_SECRET, {
    path: ['HALFTONE_URL_SECRET'],
    message: 'is required with HALFTONE_CALLBACK_URL',
  })
export type Config = z.infer<typeof configSchema>
