import { jsonText } from '@halftone/contracts'
import { z } from 'zod'
import { catalogues, providers } from './prices/table.ts'
import type { SimulatorOptions } from './simulator.ts'

const limitsSchema = z.partialRecord(z.enum(providers), z.int().min(1))

const envSchema = z.object({
  HALFTONE_SIM_HOST: z.string().default('127.0.0.1'),
  /** 0 = any free port. */
  HALFTONE_SIM_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  HALFTONE_CATALOGUE: z.enum(catalogues).default('current'),
  HALFTONE_SIM_SEED: z.string().default('1'),
  /** Factor on every latency; 0 = at once. */
  HALFTONE_SIM_LATENCY: z.coerce.number().min(0).default(1),
  /** Requests per minute as JSON, like {"replicate":300}. */
  HALFTONE_SIM_LIMITS: z
    .string()
    .default('{}')
    .pipe(jsonText('must be JSON, like {"replicate":300}'))
    .pipe(limitsSchema),
  /** JSONL file of the books; absent = in memory only. */
  HALFTONE_SIM_BOOKS: z.string().optional(),
  /** How long an hour of a batch's window is: the workers' too. */
  HALFTONE_BATCH_HOUR_MS: z.coerce.number().int().min(1).default(3_600_000),
  /** How late usage reports are. */
  HALFTONE_SIM_USAGE_LAG_MS: z.coerce.number().int().min(0).default(10_000),
  /** "1" = documented rate limits and unruly webhooks as well. */
  HALFTONE_SIM_STRICT: z.enum(['0', '1']).default('0'),
})

/** Reads the environment; reports every fault of it in one error. */
export function parseConfig(env: Record<string, string | undefined>): SimulatorOptions {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = envSchema.safeParse(given)
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
    )
  return {
    host: parsed.data.HALFTONE_SIM_HOST,
    port: parsed.data.HALFTONE_SIM_PORT,
    catalogue: parsed.data.HALFTONE_CATALOGUE,
    seed: parsed.data.HALFTONE_SIM_SEED,
    latency: parsed.data.HALFTONE_SIM_LATENCY,
    limits: parsed.data.HALFTONE_SIM_LIMITS,
    usageLagMs: parsed.data.HALFTONE_SIM_USAGE_LAG_MS,
    batchHourMs: parsed.data.HALFTONE_BATCH_HOUR_MS,
    booksFile: parsed.data.HALFTONE_SIM_BOOKS,
    strict: parsed.data.HALFTONE_SIM_STRICT === '1',
  }
}
