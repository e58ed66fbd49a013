import { dollars, table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { defineVerb, positionals } from '../verb.ts'
import { localTime } from '../words.ts'

const usd = z.string()
const sumsSchema = z.looseObject({
  jobs: z.int(),
  images: z.int(),
  cost_usd: usd,
  baseline_usd: usd,
  savings_usd: usd,
  affinity_savings_usd: usd.optional(),
  unknown_held_usd: usd.optional(),
})
type Sums = z.infer<typeof sumsSchema>
const usageSchema = z.object({
  from: z.string(),
  to: z.string(),
  group_by: z.array(z.string()),
  simulated: z.boolean().optional(),
  data: z.array(sumsSchema),
  total: sumsSchema,
})

export const usage = defineVerb({
  name: 'usage',
  summary: 'where the money went, and what was saved',
  usage: `halftone usage [--by provider,model] [--from TIME] [--to TIME]

  --by NAMES       up to four of provider, model, content_type, operation, status, bulk, day, metadata.<key> (else provider)
  --from, --to     days or times, like 2027-03-01 (else the last 30 days)

  halftone usage --by day,provider --from 2027-03-01
  halftone usage --by metadata.campaign --json | jq .total`,
  options: { by: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
  async run({ values, positionals: given }, context) {
    positionals(given, [], 'usage')
    const { by, from, to } = values
    const answer = await (await context.api()).get('/v1/usage', { group_by: by, from, to })
    context.show(answer, () => usageWords(answer))
  },
})

function usageWords(answer: unknown): string {
  const { from, to, group_by, simulated, data, total } = readAnswer(usageSchema, answer)
  const span = `${localTime(from)} to ${localTime(to)}${simulated ? ', simulated: no real money' : ''}`
  if (data.length === 0) return `nothing ended from ${span}`
  const row = (names: string[], sums: Sums) => [
    ...names,
    sums.jobs.toLocaleString('en-US'),
    sums.images.toLocaleString('en-US'),
    dollars(sums.cost_usd),
    signed(sums.baseline_usd),
    signed(sums.savings_usd),
    signed(sums.affinity_savings_usd ?? '0'),
  ]
  const rows = data.map((one) =>
    row(
      group_by.map((name) => nameOf(one[name])),
      one,
    ),
  )
  const whole = row(
    group_by.map((_, at) => (at === 0 ? 'all' : '')),
    total,
  )
  const headings = [...group_by, 'jobs', 'pictures', 'cost', 'best single', 'saved', 'by type']
  const listed = table(headings, group_by.length > 0 ? [...rows, whole] : [whole], { text: group_by })
  const held = total.unknown_held_usd ?? '0'
  const unknown =
    held === '0' ? '' : `\n${dollars(held)} is held beside this, for calls whose outcome is not known`
  return `${listed}\n\n${span}${unknown}`
}

function nameOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '-'
}

function signed(amount: string): string {
  return amount.startsWith('-') ? `-${dollars(amount.slice(1))}` : dollars(amount)
}
