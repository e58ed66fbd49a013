import { batchTermsEnv, jsonText, limitOverridesSchema, parseUsd, usdSchema } from '@halftone/contracts'
import { cidrListSchema } from '@halftone/egress'
import { signingProviders } from '@halftone/providers/callbacks'
import { flag } from '@halftone/service-kit'
import { z } from 'zod'

const commaList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const unitMs = { ms: 1, s: 1_000, m: 60_000 }
const durationSchema = z
  .string()
  .regex(/^\d{1,7}(\.\d+)?(ms|s|m)?$/, 'must be seconds, or have a unit: 90, 1500ms, 2m')
  .transform((text) => {
    const unit = /ms$|s$|m$/.exec(text)?.[0]
    return Math.round(Number.parseFloat(text) * (unit === 'ms' || unit === 'm' ? unitMs[unit] : unitMs.s))
  })

const callbackSecretsSchema = z
  .string()
  .default('{}')
  .transform((text) => text || '{}')
  .pipe(jsonText('must be JSON, like {"replicate":"whsec_…"}'))
  .pipe(
    z
      .record(z.string(), z.string().min(8))
      .refine((secrets) => Object.keys(secrets).every((id) => signingProviders.includes(id)), {
        message: `may name ${signingProviders.join(', ')} only: no other signature can be checked`,
      }),
  )

export const configSchema = z.object({
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  HALFTONE_HOST: z.string().default('127.0.0.1'),
  HALFTONE_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  /** The operator's own models and prices, laid over the catalogue. */
  HALFTONE_CATALOGUE_FILE: z.string().optional(),
  /** Ids of the providers that have a key. The keys themselves never come here. */
  HALFTONE_PROVIDERS: commaList,
  /** Providers whose prices nobody could confirm for this long are not chosen. */
  HALFTONE_PRICE_MAX_AGE_MS: z.coerce.number().int().min(1).default(10_800_000),
  HALFTONE_SIMULATE: flag,
  HALFTONE_ARTIFACTS_DIR: z.string().min(1),
  /** Base of signed content URLs, without trailing slash. */
  HALFTONE_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  HALFTONE_URL_SECRET: z.string().min(16),
  HALFTONE_ADMIN_KEY: z.string().min(16),
  /** What providers sign their callbacks by, as JSON: {"replicate":"whsec_…"}. Without it the URL alone is checked. */
  HALFTONE_CALLBACK_SECRETS: callbackSecretsSchema,
  /** As the classifier's: below this confidence the strictest floor of the plausible content types applies. */
  HALFTONE_CONTENT_TYPE_CONFIDENCE: z.coerce.number().min(0).max(1).default(0.6),
  ...batchTermsEnv,
  /** Overrides the catalogue's provider limits. */
  HALFTONE_LIMITS: limitOverridesSchema,
  /** The most that the operator pays, for one job, of what it costs beyond its quote. */
  HALFTONE_QUOTE_OVERRUN_MAX_USD: usdSchema.default('1').transform(parseUsd),
  /** How long an OpenAI-compatible call is held open: seconds, or with a unit: `90`, `1500ms`, `2m`. */
  HALFTONE_SYNC_TIMEOUT: durationSchema.default(300_000),
  /** Pictures named by URL may be fetched from these networks though they are private, and there without TLS. */
  HALFTONE_DOWNLOAD_ALLOW_CIDRS: cidrListSchema,
  /** Public networks of our own, where no picture is fetched from and no webhook goes. */
  HALFTONE_OWN_CIDRS: cidrListSchema,
  /** Webhooks may go to these addresses though they are private, and there without TLS. */
  HALFTONE_WEBHOOK_ALLOW_CIDRS: cidrListSchema,
  /** A job's webhook URL needs a verified origin even in projects without an endpoint. */
  HALFTONE_WEBHOOK_VERIFIED_ONLY: flag,
})
