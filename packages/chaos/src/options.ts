import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const parts = ['A', 'B', 'C', 'budgets', 'deadlines', 'mutants'] as const

const schema = z.object({
  seed: z.coerce.number().int().min(0).default(1),
  jobs: z.coerce.number().int().min(1).max(50_000).default(1_000),
  faults: z.coerce.number().int().min(0).max(1_000).default(30),
  rounds: z.coerce.number().int().min(1).default(20),
  json: z.string().optional(),
  only: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(parts)))
    .optional(),
  /** Keep the folder of a run that went well too. */
  keep: z.boolean().default(false),
  short: z.boolean().default(false),
})
export type ChaosOptions = z.infer<typeof schema>

export const usage = `chaos: kills, pauses, wiped stores and lying providers, and the books must still balance

  --seed S      which schedule of jobs and faults (default 1)
  --jobs N      how many jobs layer C posts (default 1000)
  --faults F    how many faults meet them (default 30)
  --json FILE   the result as JSON too
  --only PART   one or more, with commas: A (model), B (crash points), C (random faults on real processes), budgets,
                deadlines (--jobs 2000 is its full size), mutants; without it C alone where --jobs or
                --faults is given, else all but mutants
  --rounds R    rounds of budgets (default 20)
  --short       layers A and B as short as the tests run them
  --keep        keep the folder of a good run too`

/** The options; throws what is wrong with them. File names are relative to where the command was given. */
export function parseOptions(args: string[], cwd: string): ChaosOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      jobs: { type: 'string' },
      faults: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      only: { type: 'string' },
      short: { type: 'boolean' },
      keep: { type: 'boolean' },
    },
  })
  const parsed = schema.safeParse(values)
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map(({ path, message }) => `--${String(path[0])}: ${message}`).join('\n'),
    )
  const { json } = parsed.data
  const asked = values.jobs !== undefined || values.faults !== undefined
  const only = parsed.data.only ?? (asked ? (['C'] as const) : undefined)
  return {
    ...parsed.data,
    only: only && [...only],
    json: json === undefined ? undefined : resolve(cwd, json),
  }
}
