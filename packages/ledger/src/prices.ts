import type { PriceRule } from '@halftone/contracts'
import type { Database, Sql } from './database.ts'
import type { PriceStore } from './ledger.ts'
import { createPriceEvents } from './price-events.ts'
import { createPriceQuarantine } from './price-quarantine.ts'
import type { PaidCall } from './price-records.ts'
import { checkSource, createPriceSources, pricesAges } from './price-sources.ts'
import { putRules } from './put-rules.ts'

interface RuleRecord {
  version: bigint
  rule: PriceRule
  from: Date
  until: Date | null
}

export function createPrices(database: Database): PriceStore {
  return {
    async current() {
      const { rows, sources } = await database.run(async (sql) => ({
        // ages first: rules that are read later can only be fresher than they say
        sources: await pricesAges(sql),
        rows: await sql<RuleRecord[]>`
          select version, rule from price_rules where valid_until is null order by rule_id`,
      }))
      const rules = rows.map(({ version, rule }) => ({ version: Number(version), rule }))
      return { version: Math.max(0, ...rules.map((rule) => rule.version)), rules, sources }
    },
    put: (rules, judgedAt) =>
      rules.length === 0 ? Promise.resolve([]) : database.transact((tx) => putRules(tx, rules, judgedAt)),
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
    sourceChecked: (source, result) => database.run((sql) => checkSource(sql, source, result)),
    sources: createPriceSources(database),
    quarantine: createPriceQuarantine(database),
    events: createPriceEvents(database),
    paidCalls: (limit) => database.run((sql) => readPaidCalls(sql, limit)),
  }
}

/** By id, which sorts by time: the table of attempts needs no further index for it. */
async function readPaidCalls(sql: Sql, limit: number): Promise<PaidCall[]> {
  const rows = await sql<(Omit<PaidCall, 'priceVersion'> & { priceVersion: bigint })[]>`
    with newest as (
      select id, job_id, price_version, cost_nano from attempts
      where state = 'settled' and error is null order by id desc limit ${limit})
    select a.id as "attemptId", r.rule, a.price_version as "priceVersion", a.cost_nano as cost,
      jsonb_array_length(j.images) as pictures, p.body->'choice'->>'quality_asked' as quality, j.body, j.inputs
    from newest a join jobs j on j.id = a.job_id join price_rules r on r.version = a.price_version
      left join plans p on p.id = j.plan_id
    where j.status = 'succeeded' order by a.id desc`
  return rows.map((row) => ({ ...row, priceVersion: Number(row.priceVersion) }))
}
