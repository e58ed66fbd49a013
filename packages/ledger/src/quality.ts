import { AppError, type QualityFloor, type QualityScore } from '@halftone/contracts'
import { asRows, type Database, type Sql } from './database.ts'
import type { QualityStore } from './ledger.ts'

type ScoreRecord = Omit<QualityScore, 'measured_at'> & { measured_at: Date }
type FloorRecord = QualityFloor & { floor: number }

export function createQuality(database: Database): QualityStore {
  return {
    current: () =>
      database.run(async (sql) => ({
        scores: (
          await sql<ScoreRecord[]>`
          select provider, model, content_type, method, score, low, high, n, measured_at, note from quality_scores
          where replaced_at is null order by provider, model, content_type, method`
        ).map((row) => ({ ...row, measured_at: row.measured_at.toISOString() })),
        floors: await sql<FloorRecord[]>`
          select project_id, content_type, floor, source from quality_floors
          where replaced_at is null order by version`,
      })),
    async record(scores) {
      const newest = [...new Map(scores.map((one) => [keyOf(one), one])).values()]
      if (newest.length > 0) await database.transact((tx) => recordScores(tx, newest))
    },
    async setFloors(floors) {
      const newest = [
        ...new Map(floors.map((one) => [`${one.project_id} ${one.content_type}`, one])).values(),
      ]
      if (newest.length > 0) await database.transact((tx) => setFloors(tx, newest))
    },
    history: (limit) =>
      database.run(async (sql) => {
        const rows = await sql<(ScoreRecord & { version: bigint; replaced_at: Date | null })[]>`
          select version, provider, model, content_type, method, score, low, high, n, measured_at, note, replaced_at
          from quality_scores order by version desc limit ${limit}`
        return rows.map((row) => ({
          ...row,
          version: Number(row.version),
          measured_at: row.measured_at.toISOString(),
          replaced_at: row.replaced_at?.toISOString() ?? null,
        }))
      }),
  }
}

function keyOf({ provider, model, content_type, method }: QualityScore): string {
  return `${provider}/${model} ${content_type} ${method}`
}

async function recordScores(tx: Sql, scores: readonly QualityScore[]): Promise<void> {
  // two passes that end together replace one after the other
  await tx`lock table quality_scores in share row exclusive mode`
  const fresh = await tx<QualityScore[]>`
    select r.* from json_to_recordset(${asRows(scores)}::text::json) as r (provider text, model text,
      content_type text, method text, score float8, low float8, high float8, n int, measured_at timestamptz, note text)
    where not exists (select from quality_scores q where q.replaced_at is null
      and (q.provider, q.model, q.content_type, q.method) = (r.provider, r.model, r.content_type, r.method)
      and (q.score, q.low, q.high, q.n, q.measured_at) = (r.score, r.low, r.high, r.n, r.measured_at))`
  if (fresh.length === 0) return
  const rows = asRows(fresh)
  await tx`
    update quality_scores q set replaced_at = now()
    from json_to_recordset(${rows}::text::json) as r (provider text, model text, content_type text, method text)
    where q.replaced_at is null
      and (q.provider, q.model, q.content_type, q.method) = (r.provider, r.model, r.content_type, r.method)`
  await tx`
    insert into quality_scores (provider, model, content_type, method, score, low, high, n, measured_at, note)
    select provider, model, content_type, method, score, low, high, n, measured_at, note
    from json_to_recordset(${rows}::text::json) as r (provider text, model text, content_type text, method text,
      score float8, low float8, high float8, n int, measured_at timestamptz, note text)`
}

async function setFloors(tx: Sql, floors: readonly QualityFloor[]): Promise<void> {
  await tx`lock table quality_floors in share row exclusive mode`
  const projects = [...new Set(floors.flatMap(({ project_id }) => project_id ?? []))]
  const known = await tx`select id from projects where id = any(${projects}::text[])`
  if (known.length < projects.length)
    throw new AppError('not_found', 'there is no such project', { field: '/project_id' })
  const rows = asRows(floors)
  await tx`
    update quality_floors f set replaced_at = now()
    from json_to_recordset(${rows}::text::json) as r (project_id text, content_type text)
    where f.replaced_at is null and f.content_type = r.content_type
      and f.project_id is not distinct from r.project_id`
  await tx`
    insert into quality_floors (project_id, content_type, floor, source)
    select project_id, content_type, floor, source
    from json_to_recordset(${rows}::text::json) as r (project_id text, content_type text, floor float8, source text)
    where floor is not null`
}
