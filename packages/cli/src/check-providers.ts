import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { table } from '@halftone/terminal'
import { z } from 'zod'
import { Failure } from './failure.ts'
import type { VerbContext } from './verb.ts'

const checksSchema = z.array(
  z.looseObject({
    provider: z.string(),
    configured: z.boolean(),
    base_url: z.string(),
    ok: z.boolean().nullable(),
    ms: z.number().nullable(),
    problem: z.string().nullable(),
    next: z.string().nullable(),
  }),
)
type Check = z.infer<typeof checksSchema>[number]

/** Only the worker opens keys: its own program asks the providers, with the keys that it would use. */
const program = resolve(import.meta.dirname, '../../../services/worker/src/doctor/main.ts')

/** Asks each configured provider by a free call, and says what is wrong. Fails if one is not well. */
export async function checkProviders({ env, show }: Pick<VerbContext, 'env' | 'show'>): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env }).catch(
    (cause: unknown) => {
      throw new Failure('failed', 'the check itself failed', {
        cause,
        next: 'see whether the catalogue file is in order',
      })
    },
  )
  const checks = checksSchema.parse(JSON.parse(stdout))
  const ill = checks.filter(({ ok }) => ok === false)
  show({ ok: ill.length === 0, providers: checks }, () => words(checks))
  if (ill.length > 0)
    throw new Failure('failed', `${ill.map(({ provider }) => provider).join(', ')}: not well`)
}

function words(checks: readonly Check[]): string {
  const rows = checks.map((check) => [check.provider, state(check), check.problem ?? '', check.next ?? ''])
  const columns = ['provider', 'state', 'what is wrong', 'what to do']
  const none = checks.every(({ configured }) => !configured)
  const note = none ? '\n\nno provider has a key: the stack plays with simulated ones' : ''
  return `${table(columns, rows, { text: columns })}${note}`
}

function state({ configured, ok, ms }: Check): string {
  if (!configured) return 'no key'
  return ok ? `well (${ms} ms)` : 'not well'
}
