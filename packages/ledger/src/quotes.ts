import { AppError, type Nano } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import { asRows, toJson } from './database.ts'
import { findStoredAnswers, keepAnswers } from './idempotency.ts'
import type { QuotedShare, QuoteRow, Quotes } from './ledger.ts'
import { listOverruns, sumOverruns } from './overruns.ts'

interface ShareRecord extends Omit<QuotedShare, 'request' | 'cost' | 'baseline'> {
  cost: string
  baseline: string | null
}

interface QuoteRecord
  extends Pick<QuoteRow, 'id' | 'projectId' | 'kind' | 'usedBy' | 'expired' | 'expiresAt'> {
  requestDigest: Buffer
  body: QuotedShare['request'][]
  plan: { baselineModel: string | null; shares: ShareRecord[] }
  priceVersion: bigint
  total: Nano | null
  createdAt: Date
}

export function createQuotes(database: Database): Quotes {
  return {
    async save(input) {
      // the key is looked for under the project's lock, so that two calls with one key make one quote
      if (input.idempotency === null) await database.run((sql) => insertQuote(sql, input.quote))
      else return database.transact((tx) => saveOnce(tx, input))
      return { kind: 'accepted' }
    },
    async find(projectId, id) {
      const [row] = await database.run(
        (sql) => sql<QuoteRecord[]>`
        select id, project_id as "projectId", kind, request_digest as "requestDigest", body, plan,
          price_version as "priceVersion", total_nano as total, expires_at as "expiresAt",
          expires_at <= now() as expired, used_by as "usedBy", created_at as "createdAt"
        from quotes where id = ${id} and project_id = ${projectId}`,
      )
      return row ? toQuote(row) : null
    },
    overruns: (filter) => database.run((sql) => listOverruns(sql, filter)),
    overrunTotals: () => database.run(sumOverruns),
  }
}

async function saveOnce(
  tx: Sql,
  { quote, idempotency }: Parameters<Quotes['save']>[0],
): ReturnType<Quotes['save']> {
  await tx`select from projects where id = ${quote.projectId} for no key update`
  const [answer] = await findStoredAnswers(tx, [{ projectId: quote.projectId, idempotency }])
  if (answer instanceof AppError) throw answer
  if (answer) return { kind: 'replayed', ...answer }
  await insertQuote(tx, quote)
  await keepAnswers(tx, idempotency ? [{ projectId: quote.projectId, idempotency }] : [])
  return { kind: 'accepted' }
}

async function insertQuote(sql: Sql, quote: Parameters<Quotes['save']>[0]['quote']): Promise<void> {
  const { shares, baselineModel, ...row } = quote
  const plan = { baselineModel, shares: shares.map(({ request: _, ...share }) => share) }
  const body = shares.map(({ request }) => request)
  await sql`
    insert into quotes (id, project_id, kind, request_digest, body, plan, price_version, total_nano, expires_at)
    values (${row.id}, ${row.projectId}, ${row.kind}, ${row.requestDigest}, ${toJson(body)}::text::jsonb,
      ${toJson(plan)}::text::jsonb, ${row.priceVersion}, ${row.total}, ${row.expiresAt})
    on conflict (id) do nothing`
}

function toQuote({ body, plan, ...row }: QuoteRecord): QuoteRow {
  return {
    ...row,
    priceVersion: Number(row.priceVersion),
    baselineModel: plan.baselineModel,
    shares: plan.shares.map((share, place) => ({
      ...share,
      request: body[place]!,
      cost: BigInt(share.cost),
      baseline: share.baseline === null ? null : BigInt(share.baseline),
    })),
  }
}

// ── use ────────────────────────────────────────────────────────────────────────────────────────

export type LockedQuote = Pick<QuoteRow, 'id' | 'projectId' | 'usedBy' | 'expired' | 'expiresAt'>

/** Locked after projects and before jobs; no other verb locks them. */
export async function lockQuotes(tx: Sql, ids: string[]): Promise<Map<string, LockedQuote>> {
  if (ids.length === 0) return new Map()
  const rows = await tx<LockedQuote[]>`
    select id, project_id as "projectId", used_by as "usedBy", expires_at <= now() as expired,
      expires_at as "expiresAt"
    from quotes where id = any(${[...new Set(ids)]}::text[]) order by id for no key update`
  return new Map(rows.map((row) => [row.id, row]))
}

export async function markQuotesUsed(tx: Sql, quotes: { id: string; usedBy: string }[]): Promise<void> {
  if (quotes.length === 0) return
  await tx`
    update quotes q set used_by = r."usedBy"
    from json_to_recordset(${asRows(quotes)}::text::json) as r (id text, "usedBy" text) where q.id = r.id`
}

/** Why the quote cannot be used by this project now; null if it can. */
export function quoteRefusal(quote: LockedQuote | null | undefined, projectId: string): AppError | null {
  const field = '/quote_id'
  if (!quote || quote.projectId !== projectId)
    return new AppError('not_found', 'there is no such quote', {
      field,
      next: 'make one by POST /v1/quotes, or leave quote_id out',
    })
  if (quote.usedBy !== null)
    return new AppError('quote_used', `the quote was used by ${quote.usedBy}`, {
      field,
      next: 'a quote binds once: make another by POST /v1/quotes',
      extra: { used_by: quote.usedBy },
    })
  if (quote.expired)
    return new AppError('quote_expired', `the quote expired at ${quote.expiresAt.toISOString()}`, {
      field,
      limit: quote.expiresAt.toISOString(),
      next: 'make another by POST /v1/quotes',
    })
  return null
}
