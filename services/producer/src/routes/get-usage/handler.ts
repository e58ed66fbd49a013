import {
  AppError,
  toUsd,
  type UsageAnswer,
  type UsageDimension,
  usageAnswerSchema,
  usageDimensions,
} from '@halftone/contracts'
import type { UsageSums } from '@halftone/ledger'
import { z } from 'zod'
import { type Cell, csvLine } from '../../answers/csv.ts'
import { wantsCsv } from '../../answers/text-format.ts'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, problems } from '../schemas.ts'

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()])
const usageQuery = z.strictObject({
  group_by: z
    .string()
    .max(400)
    .default('provider')
    .describe(
      `up to four of ${usageDimensions.join(', ')}, metadata.<key>, with commas between; empty: the total alone`,
    ),
  from: time.optional().describe('left out: 30 days before `to`'),
  to: time.optional().describe('not included; left out: now'),
  format: z.enum(['json', 'csv']).optional(),
})

const rowsMax = 10_000
const dimensionsMax = 4
const defaultDays = 30
const dayMs = 86_400_000

/** `GET /v1/usage`: where the money went, and what was saved. */
export function getUsageRoute(app: App, { ledger, accept, clock }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/usage',
    schema: {
      operationId: 'getUsage',
      summary: 'Where the money went, and what was saved',
      description: `Sums over the jobs that ended in a time, at most ${rowsMax} rows, dearest first (by day: oldest first). As CSV with \`?format=csv\` or \`Accept: text/csv\`.`,
      tags: ['market'],
      security: bearer,
      querystring: usageQuery,
      response: {
        200: {
          description: 'One row for each group, and the total',
          content: {
            'application/json': { schema: usageAnswerSchema },
            'text/csv': { schema: z.string() },
          },
        },
        ...problems(400, 401, 503),
      },
    },
    handler: async (request, reply) => {
      const { query } = request
      const groupBy = dimensionsOf(query.group_by)
      const to = new Date(query.to ?? clock())
      const from =
        query.from === undefined ? new Date(to.getTime() - defaultDays * dayMs) : new Date(query.from)
      if (from >= to) throw emptyTime(to)
      const { simulated } = accept.links
      const { rows, total } = await ledger.usage.sum(request.projectId, {
        from,
        to,
        groupBy,
        simulated,
        rowsMax,
      })
      const answer: UsageAnswer = {
        from: from.toISOString(),
        to: to.toISOString(),
        group_by: groupBy,
        simulated,
        data: rows.map((row) => ({
          ...Object.fromEntries(groupBy.map((name, i) => [name, row.group[i] ?? null])),
          ...sums(row),
        })),
        total: sums(total),
      }
      if (!wantsCsv(request, query.format)) return answer
      return reply.type('text/csv; charset=utf-8').serializer(String).send(csv(groupBy, answer.data))
    },
  })
}

const columns = [
  'jobs',
  'succeeded',
  'images',
  'cost_usd',
  'baseline_usd',
  'savings_usd',
  'affinity_savings_usd',
  'unknown_held_usd',
] as const

function csv(groupBy: readonly string[], rows: UsageAnswer['data']): string {
  const names = [...groupBy, ...columns]
  const cell = (value: unknown): Cell =>
    typeof value === 'string' || typeof value === 'number' ? value : null
  return [names, ...rows.map((row) => names.map((name) => cell(row[name])))].map(csvLine).join('')
}

function sums(of: UsageSums): UsageAnswer['total'] {
  return {
    jobs: of.jobs,
    succeeded: of.succeeded,
    images: of.images,
    cost_usd: toUsd(of.cost),
    baseline_usd: toUsd(of.baseline),
    savings_usd: toUsd(of.savings),
    affinity_savings_usd: toUsd(of.affinitySavings),
    unknown_held_usd: toUsd(of.unknownHeld),
  }
}

function dimensionsOf(text: string): UsageDimension[] {
  const names = text.split(',').flatMap((part) => part.trim() || [])
  const limit = `at most ${dimensionsMax} of ${usageDimensions.join(', ')}, metadata.<key>`
  const wrong = names.find((name) => !isDimension(name))
  if (wrong !== undefined || names.length > dimensionsMax || new Set(names).size < names.length)
    throw new AppError(
      'invalid_request',
      wrong === undefined ? 'group_by names too much' : `"${wrong}" is nothing to group by`,
      { field: '/group_by', limit, next: 'name each of them once, with commas between' },
    )
  return names.filter(isDimension)
}

function isDimension(name: string): name is UsageDimension {
  return /^metadata\..{1,64}$/.test(name) || usageDimensions.some((known) => known === name)
}

function emptyTime(to: Date): AppError {
  return new AppError('invalid_request', 'from must be before to', {
    field: '/from',
    limit: to.toISOString(),
    next: 'give an earlier from, or a later to',
  })
}
