import { cidrListSchema } from '@halftone/egress'
import { z } from 'zod'

const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

export const configSchema = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  /** Base of the signed picture URLs, as receivers reach it; no trailing slash. */
  HALFTONE_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  HALFTONE_URL_SECRET: z.string().min(1),
  /** Networks that webhooks may reach although they are private, over http too. None by default. */
  HALFTONE_WEBHOOK_ALLOW_CIDRS: cidrListSchema,
  /** Public networks of our own, which no webhook may reach. */
  HALFTONE_OWN_CIDRS: cidrListSchema,
  /** Waits between tries. The default ends after ten tries and about three days. */
  HALFTONE_WEBHOOK_SCHEDULE_MS: commaList
    .pipe(z.array(z.coerce.number<string>().int().min(0)))
    .default([
      5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
    ]),
  /** How far back streams and replays of what is missing can reach. */
  HALFTONE_EVENTS_KEEP_DAYS: z.coerce.number().int().min(1).default(30),
  HALFTONE_WEBHOOK_CONCURRENT: z.coerce.number().int().min(1).default(64),
  HALFTONE_WEBHOOK_CONCURRENT_PER_ORIGIN: z.coerce.number().int().min(1).default(16),
})
