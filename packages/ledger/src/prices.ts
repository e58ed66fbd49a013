import type { PriceRule } from '@halftone/contracts'
import { asRows, type Database, type Sql } from './database.ts'
import type { PriceStore } from './ledger.ts'

interface RuleRecord {
  version: bigint
  rule: PriceRule
  from: Date
  until: Date | null
}

export function createPrices(database: Database): PriceStore {
  return {
    async current() {
      const rows = await database.run(
        (sql) => sql<RuleRecord[]>`
        select version, rule from price_rules where valid_until is null order by rule_id`,
      )
      const rules = rows.map(({ version, rule }) => ({ version: Number(version), rule }))
      return { version: Math.max(0, ...rules.map((rule) => rule.version)), rules }
    },
    put: (rules) => (rules.length === 0 ? Promise.resolve([]) : database.transact((tx) => put(tx, rules))),
    async history(ruleId, limit) {
      const rows = await database.run(
        (sql) => sql<RuleRecord[]>`
        select version, rule, valid_from as from, valid_until as until from price_rules
        where rule_id = ${ruleId} order by version desc limit ${limit}`,
      )
      return rows.map((row) => ({ ...row, version: Number(row.version) }))
    },
    async versions({ ruleId, provider, model, before, limit }) {
      const rows = await database.run(
        (sql) => sql<RuleRecord[]>`
        select version, rule, valid_from as from, valid_until as until from price_rules
        where ${ruleId === undefined ? sql`true` : sql`rule_id = ${ruleId}`}
          and ${provider === undefined ? sql`true` : sql`rule->>'provider' = ${provider}`}
          and ${model === undefined ? sql`true` : sql`${model} in (rule->>'model', (rule->>'provider') || '/' || (rule->>'model'))`}
          and ${before === undefined ? sql`true` : sql`version < ${before}`}
        order by version desc limit ${limit}`,
      )
      return rows.map((row) => ({ ...row, version: Number(row.version) }))
    },
    async sourceChecked(source, { changed, error }) {
      await database.run(
        (sql) => sql`
        insert into price_sources as s (id, checked_at, changed_at, misses, last_error)
        values (${source}, now(), ${changed ? sql`now()` : null}, ${error === null ? 0 : 1}, ${error})
        on conflict (id) do update set checked_at = now(), last_error = excluded.last_error,
          changed_at = coalesce(excluded.changed_at, s.changed_at),
          misses = case when excluded.misses = 0 then 0 else s.misses + 1 end`,
      )
    },
  }
}

/** Versions are handed out under a lock, so that a gap in them always means a missed message. */
async function put(tx: Sql, rules: PriceRule[]): ReturnType<PriceStore['put']> {
  await tx`select pg_advisory_xact_lock(hashtext('halftone price book'))`
  const changed = await changedRules(tx, rules)
  if (changed.length === 0) return []
  const [newest] = await tx<{ version: bigint }[]>`
    select coalesce(max(version), 0)::bigint as version from price_rules`
  const first = Number(newest!.version) + 1
  const booked = changed.map(({ rule, previous }, place) => ({
    booked: { version: first + place, rule },
    previous,
  }))
  await tx`
    with given as (
      select version, rule, clock_timestamp() as at
      from json_to_recordset(${asRows(booked.map((row) => row.booked))}::text::json) as r (version bigint, rule jsonb)),
    closed as (
      update price_rules p set valid_until = given.at from given
      where p.rule_id = given.rule->>'id' and p.valid_until is null returning p.rule_id)
    insert into price_rules (version, rule_id, rule, valid_from)
    select given.version, given.rule->>'id', given.rule, given.at
    from given left join closed on closed.rule_id = given.rule->>'id'`
  return booked
}

/** When a price was last seen, and the fingerprint of the page it was seen on, do not make it another price. */
function changedRules(tx: Sql, rules: PriceRule[]) {
  return tx<{ rule: PriceRule; previous: PriceRule | null }[]>`
    with given as (
      select rule, place from jsonb_array_elements(${asRows(rules)}::text::jsonb) with ordinality as r (rule, place))
    select given.rule, current.rule as previous
    from given left join price_rules current on current.rule_id = given.rule->>'id' and current.valid_until is null
    where current.rule is null
      or (current.rule - 'observed_at') #- '{source,raw_sha256}'
        <> (given.rule - 'observed_at') #- '{source,raw_sha256}'
    order by given.place`
}
