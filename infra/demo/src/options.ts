import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const schema = z.object({
  jobs: z.coerce.number().int().min(1).max(50_000).default(500),
  seed: z.coerce.number().int().default(1),
  file: z.string().optional(),
  json: z.string().optional(),
  sheet: z.string().optional(),
  /** No provider fails and no price moves. */
  calm: z.boolean().default(false),
  /** Jobs that can wait: they go to the providers' batch APIs. */
  batch: z.boolean().default(false),
  verbose: z.boolean().default(false),
})
export type DemoOptions = z.infer<typeof schema>

export const usage = `demo: a month of posts becomes pictures, webhooks and a bill that balances

  --jobs N      how many jobs the schedule has (default 500)
  --seed S      another schedule (default 1)
  --file X      your own schedule, JSON lines of job bodies
  --json FILE   the report as JSON too
  --sheet FILE  where the contact sheet goes (default: a temporary folder)
  --batch       jobs that can wait: they go through the providers' batch tiers, one lot expires and one loses lines
  --calm        no provider fails, no price moves
  --verbose     show what every service logs`

/** Parses the command line; file names are relative to where the command was given. */
export function parseOptions(args: string[], cwd: string): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      jobs: { type: 'string' },
      seed: { type: 'string' },
      file: { type: 'string' },
      json: { type: 'string' },
      sheet: { type: 'string' },
      calm: { type: 'boolean' },
      batch: { type: 'boolean' },
      verbose: { type: 'boolean' },
    },
  })
  const options = schema.parse(values)
  const at = (file: string | undefined) => (file === undefined ? undefined : resolve(cwd, file))
  return { ...options, file: at(options.file), json: at(options.json), sheet: at(options.sheet) }
}
