import { createHash } from 'node:crypto'
import { bulkFieldsSchema, parseUsd, toUsd, usdSchema } from '@halftone/contracts'
import { usageFailure } from '../failure.ts'
import { type CheckedSchedule, jobsOf, type Part } from './check-schedule.ts'

export const bulkFlags = {
  budget: { type: 'string' },
  deadline: { type: 'string' },
  webhook: { type: 'string' },
  'webhook-mode': { type: 'string' },
  'quote-id': { type: 'string' },
  run: { type: 'string' },
} as const
export type BulkFlags = { [K in keyof typeof bulkFlags]?: string }

/** What is asked for, however often it has to be said: the same file and flags make the same requests. */
export interface Submission {
  key: string
  parts: Part[]
  idempotencyKey(part: Part): string
  /** The body of one bulk, a piece at a time. */
  ndjson(part: Part, deadline: string | null): AsyncIterable<string>
  /** The same as a question for its price. */
  quote(part: Part, deadline: string | null): AsyncIterable<string>
}

export function createSubmission(path: string, checked: CheckedSchedule, flags: BulkFlags): Submission {
  const asked = { ...checked.fields, ...fieldsOf(flags) }
  const { deadline: typed, ...options } = { ...asked, ...(flags.deadline && { deadline: flags.deadline }) }
  const hash = createHash('sha256').update(checked.digest)
  const key = hash.update(JSON.stringify([sorted(options), typed ?? null, flags.run ?? null])).digest('hex')
  const fields = (part: Part, deadline: string | null) => ({
    ...options,
    ...(deadline === null ? {} : { deadline }),
    ...shareOf(options, part, checked),
  })
  return {
    key,
    parts: checked.parts,
    idempotencyKey: (part) => `submit-${key.slice(0, 48)}-${part.from}`,
    ndjson: (part, deadline) =>
      pieces(async function* () {
        yield `${JSON.stringify({ bulk: fields(part, deadline) })}\n`
        for await (const job of jobsOf(path, part)) yield `${job}\n`
      }),
    quote: (part, deadline) =>
      pieces(async function* () {
        const head = JSON.stringify({ ...fields(part, deadline), jobs: [] })
        yield head.slice(0, -2)
        let between = ''
        for await (const job of jobsOf(path, part)) {
          yield between + job
          between = ','
        }
        yield ']}'
      }),
  }
}

function fieldsOf(flags: BulkFlags): Record<string, unknown> {
  const { budget, webhook } = flags
  if (budget !== undefined && !usdSchema.safeParse(budget).success)
    throw usageFailure(`--budget "${budget}" is no amount`, 'give US dollars, like 12.50')
  const fields = {
    ...(budget !== undefined && { budget: { max_cost_usd: budget } }),
    ...(webhook !== undefined && {
      webhook: webhook.startsWith('whe_') ? { endpoint_id: webhook } : { url: webhook },
    }),
    ...(flags['webhook-mode'] !== undefined && { webhook_mode: flags['webhook-mode'] }),
    ...(flags['quote-id'] !== undefined && { quote_id: flags['quote-id'] }),
  }
  const issue = bulkFieldsSchema.safeParse(fields).error?.issues[0]
  if (issue)
    throw usageFailure(
      `--${String(issue.path[0]).replaceAll('_', '-')}: ${issue.message}`,
      '"halftone submit --help" shows what it takes',
    )
  return fields
}

/** A schedule of several bulks has one budget: each gets as much of it as it has of the jobs. */
function shareOf({ budget }: Record<string, unknown>, part: Part, { parts, lines }: CheckedSchedule) {
  const whole = bulkFieldsSchema.shape.budget.safeParse(budget).data
  if (!whole || parts.length === 1) return {}
  const share = (parseUsd(whole.max_cost_usd) * BigInt(part.jobs)) / BigInt(lines.length)
  return { budget: { max_cost_usd: toUsd(share) } }
}

function sorted(fields: Record<string, unknown>): [string, unknown][] {
  return Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

const pieceChars = 64_000

/** Joins many small texts to fewer, so that each is worth sending. */
async function* pieces(texts: () => AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const text of texts()) {
    piece += text
    if (piece.length < pieceChars) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
