import { asRows, type Database, type Sql } from './database.ts'
import { recordEvents } from './price-events.ts'
import type { PriceQuarantine, QuarantineFinding, QuarantineRow } from './price-records.ts'
import { putRules } from './put-rules.ts'

type Stored = Omit<QuarantineRow, 'id'> & { id: bigint }

export function createPriceQuarantine(database: Database): PriceQuarantine {
  return {
    async list({ state, limit }) {
      const rows = await database.run(
        (sql) => sql<Stored[]>`
        select ${columns(sql)} from price_quarantine
        where (${state ?? null}::text is null or state = ${state ?? null}) order by id desc limit ${limit}`,
      )
      return rows.map(numbered)
    },
    async binding(source) {
      const rows = await database.run(
        (sql) => sql<Stored[]>`
        select ${columns(sql)} from price_quarantine where source = ${source} and (state = 'held'
          or (state = 'refused' and decided_by = 'operator') or (state = 'released' and kind = 'shrunk' and decided_at > now() - interval '2 days'))
        order by id`,
      )
      return rows.map(numbered)
    },
    async report(source, poll) {
      await database.transact((tx) => report(tx, source, poll))
    },
    release: (id) =>
      database.transact(async (tx) => {
        const row = await decide(tx, id, 'released')
        if (!row) return []
        const { source, ruleId, reason } = row
        await recordEvents(tx, [
          {
            kind: 'price.released',
            key: String(id),
            detail: { id, source, rule_id: ruleId, reason, by: 'operator' },
          },
        ])
        return 'missing' in row.reading ? [] : putRules(tx, [row.reading])
      }),
    refuse: (id) => database.transact(async (tx) => (await decide(tx, id, 'refused')) !== null),
  }
}

function columns(sql: Sql) {
  return sql`id, source, rule_id as "ruleId", kind, reason, reading, digest, state, decided_by as "decidedBy", polls,
    first_seen as "firstSeen", last_seen as "lastSeen", decided_at as "decidedAt"`
}

function numbered(row: Stored): QuarantineRow {
  return { ...row, id: Number(row.id) }
}

async function report(
  tx: Sql,
  source: string,
  { findings, confirmed, complete }: Parameters<PriceQuarantine['report']>[1],
): Promise<void> {
  const released = await tx<{ id: bigint; ruleId: string | null; reason: string }[]>`
    update price_quarantine set state = 'released', decided_by = 'poll', decided_at = now(), last_seen = now(), polls = polls + 1
    where source = ${source} and state = 'held' and id = any(${confirmed.map(String)}::text[]::bigint[])
    returning id, rule_id as "ruleId", reason`
  const rows = await tx<{ id: bigint; polls: number; ruleId: string | null; kind: string; reason: string }[]>`
    insert into price_quarantine as q (source, rule_id, kind, reason, reading, digest)
    select ${source}, "ruleId", kind, reason, reading, digest
    from json_to_recordset(${asRows(onceEach(findings))}::text::json)
      as f ("ruleId" text, kind text, reason text, reading jsonb, digest text)
    on conflict (source, (coalesce(rule_id, '')), digest) where state = 'held'
    do update set polls = q.polls + 1, last_seen = now()
    returning id, polls, rule_id as "ruleId", kind, reason`
  if (complete)
    await tx`
      update price_quarantine set state = 'refused', decided_by = 'source', decided_at = now()
      where source = ${source} and state = 'held' and not (id = any(${rows.map(({ id }) => String(id))}::text[]::bigint[]))`
  const told = (row: { id: bigint; ruleId: string | null; reason: string }) => ({
    key: String(row.id),
    detail: { id: Number(row.id), source, rule_id: row.ruleId, reason: row.reason },
  })
  await recordEvents(tx, [
    ...rows
      .filter(({ polls }) => polls === 1)
      .map((row) => ({ kind: 'price.quarantined' as const, ...told(row) })),
    ...released.map((row) => {
      const { key, detail } = told(row)
      return { kind: 'price.released' as const, key, detail: { ...detail, by: 'poll' } }
    }),
  ])
}

/** One statement may not touch a row twice. */
function onceEach(findings: QuarantineFinding[]): QuarantineFinding[] {
  return [...new Map(findings.map((finding) => [`${finding.ruleId} ${finding.digest}`, finding])).values()]
}

async function decide(tx: Sql, id: number, state: 'released' | 'refused'): Promise<QuarantineRow | null> {
  const [row] = await tx<Stored[]>`
    update price_quarantine set state = ${state}, decided_by = 'operator', decided_at = now()
    where id = ${id} and state = 'held' returning ${columns(tx)}`
  return row ? numbered(row) : null
}
