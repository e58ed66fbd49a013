import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { BookEntry } from '../books.ts'
import { accountOf } from '../caller.ts'
import type { Simulation } from '../simulation.ts'
import { badRequest, openaiErrors } from './errors.ts'

const widths = { '1m': 60, '1h': 3_600, '1d': 86_400 } as const
const limits = {
  '1m': { default: 60, max: 1_440 },
  '1h': { default: 24, max: 168 },
  '1d': { default: 7, max: 31 },
} as const
const groupings = ['project_id', 'user_id', 'api_key_id', 'model', 'size', 'source'] as const
type Grouping = (typeof groupings)[number]

/** Repeated, with or without brackets. */
const list = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((one) => [one])])

const querySchema = z.object({
  start_time: z.coerce.number().int(),
  end_time: z.coerce.number().int().optional(),
  bucket_width: z.enum(['1m', '1h', '1d']).default('1d'),
  limit: z.coerce.number().int().min(1).optional(),
  page: z
    .string()
    .regex(/^page_\d+$/)
    .optional(),
  group_by: list(z.enum(groupings)).default([]),
  api_key_ids: list(z.string()).optional(),
  models: list(z.string()).optional(),
})
type Query = z.infer<typeof querySchema>

/**
 * `GET /organization/usage/images`, from the books: late, as the real one is, and its first page with anything in it
 * lacks the second half of that without saying so.
 */
export function usageRoutes(simulation: Simulation) {
  let brokeOff = false

  return async (app: FastifyInstance): Promise<void> => {
    app.get<{ Querystring: Record<string, unknown> }>('/organization/usage/images', async (request) => {
      accountOf(request, openaiErrors)
      const query = parseQuery(request.query)
      const now = simulation.clock()
      const seen = simulation.books
        .after(0)
        .entries.filter((entry) => entry.provider === 'openai')
        .filter((entry) => Date.parse(entry.at) <= now - simulation.usageLagMs)
      const { starts, width, end, nextPage } = pageOf(query, Math.ceil(now / 1_000))
      const data = starts.map((start) => {
        const until = Math.min(start + width, end)
        return {
          object: 'bucket',
          start_time: start,
          end_time: until,
          results: resultsOf(seen, start, until, query),
        }
      })
      const filled = data.filter(({ results }) => results.length > 0)
      if (!brokeOff && filled.length > 0) {
        brokeOff = true
        for (const bucket of filled.slice(filled.length >> 1)) bucket.results = []
      }
      return { object: 'page', data, has_more: nextPage !== null, next_page: nextPage }
    })
  }
}

function parseQuery(given: Record<string, unknown>): Query {
  const plain = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.replace(/\[\]$/, ''), value]),
  )
  const parsed = querySchema.safeParse(plain)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw badRequest(issue?.message ?? 'invalid', issue?.path.join('.'))
}

/** The buckets of one page, by their starts. */
function pageOf({ start_time, end_time, bucket_width, limit, page }: Query, nowSeconds: number) {
  const width = widths[bucket_width]
  const { default: usual, max } = limits[bucket_width]
  if (limit !== undefined && limit > max)
    throw badRequest(`limit must be at most ${max} for this width.`, 'limit')
  const first = page ? Number(page.slice('page_'.length)) : Math.floor(start_time / width) * width
  const end = end_time ?? nowSeconds
  const count = Math.min(Math.max(0, Math.ceil((end - first) / width)), limit ?? usual)
  const starts = Array.from({ length: count }, (_, i) => first + i * width)
  const next = first + count * width
  return { starts, width, end, nextPage: next < end ? `page_${next}` : null }
}

function resultsOf(entries: readonly BookEntry[], start: number, end: number, query: Query) {
  const inside = entries.filter(({ at, account, model }) => {
    const seconds = Date.parse(at) / 1_000
    return (
      seconds >= start &&
      seconds < end &&
      (query.api_key_ids?.includes(account) ?? true) &&
      (query.models?.includes(model) ?? true)
    )
  })
  const grouped = Map.groupBy(inside, (entry) => JSON.stringify(groupOf(entry, query.group_by)))
  return [...grouped.values()].map((group) => ({
    object: 'organization.usage.images.result',
    images: group.reduce((sum, { n }) => sum + n, 0),
    num_model_requests: group.length,
    ...groupOf(group[0]!, query.group_by),
  }))
}

/** What the answer names of a group; what it is not grouped by is null. */
function groupOf(entry: BookEntry, by: readonly Grouping[]) {
  const all: Record<Grouping, string | null> = {
    project_id: 'proj_simulated',
    user_id: 'user-simulated',
    api_key_id: entry.account,
    model: entry.model,
    size: entry.size ?? null,
    source: entry.operation === 'edit' ? 'image.edit' : 'image.generation',
  }
  return Object.fromEntries(groupings.map((name) => [name, by.includes(name) ? all[name] : null]))
}
