import { parseUsd, usdSchema } from '@halftone/contracts'
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

const limitOverridesSchema = z.record(
  z.string(),
  z.strictObject({
    requests_per_minute: z.number().int().min(1).optional(),
    concurrent: z.number().int().min(1).optional(),
  }),
)
export type LimitOverrides = z.infer<typeof limitOverridesSchema>

const limitOverrides = z
  .string()
  .default('{}')
  .transform((text, context) => {
    try {
      return limitOverridesSchema.parse(JSON.parse(text))
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'JSON like {"replicate":{"requests_per_minute":300,"concurrent":48}}',
      })
      return z.NEVER
    }
  })

export const configSchema = z.object({
  DATABASE_URL: z.string().min(1),
  REDIS_URL: z.string().min(1),
  HALFTONE_HOST: z.string().default('127.0.0.1'),
  HALFTONE_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HALFTONE_CATALOGUE: z.enum(['reference', 'current']).default('current'),
  /** Ids of the providers that have a key. The keys themselves never come here. */
  HALFTONE_PROVIDERS: commaList,
  HALFTONE_SIMULATE: flag,
  HALFTONE_ARTIFACTS_DIR: z.string().min(1),
  /** Base of signed content URLs, without trailing slash. */
  HALFTONE_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  HALFTONE_URL_SECRET: z.string().min(16),
  HALFTONE_ADMIN_KEY: z.string().min(16),
  /** As the classifier's: below this confidence the strictest floor of the plausible content types applies. */
  HALFTONE_CONTENT_TYPE_CONFIDENCE: z.coerce.number().min(0).max(1).default(0.5),
  /** Overrides the catalogue's provider limits. */
  HALFTONE_LIMITS: limitOverrides,
  /** The most that the operator pays, for one job, of what it costs beyond its quote. */
  HALFTONE_QUOTE_OVERRUN_MAX_USD: usdSchema.default('1').transform(parseUsd),
  /** Webhooks may go to these addresses though they are private, and there without TLS. */
  HALFTONE_WEBHOOK_ALLOW_CIDRS: commaList,
})
