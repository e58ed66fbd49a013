import { z } from 'zod'

/** Settings that every service has. */
export const baseConfigSchema = z.object({
  HALFTONE_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Health and metrics listen here, on all interfaces of HALFTONE_HEALTH_HOST; 0 = any free port. */
  HALFTONE_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  HALFTONE_HEALTH_HOST: z.string().default('127.0.0.1'),
  /** How long a stop may take before what is left is dropped. */
  HALFTONE_STOP_MS: z.coerce.number().int().min(0).default(20_000),
})
export type BaseConfig = z.infer<typeof baseConfigSchema>

/** "true", "1", "yes" and their opposites, as people write them in an environment. */
export const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no', ''])
  .default('false')
  .transform((text) => ['true', '1', 'yes'].includes(text))

/** Parses the environment once; all faults are reported together, each with its variable's name. */
export function parseConfig<T>(schema: z.ZodType<T>, env: Record<string, string | undefined>): T {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'environment'}: ${issue.message}`,
  )
  throw new Error(`the configuration is not valid:\n${faults.join('\n')}`)
}
