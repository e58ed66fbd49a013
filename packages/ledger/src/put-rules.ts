import type { PriceRule } from '@halftone/contracts'
import { asRows, type Sql } from './database.ts'
import { recordEvents } from './price-events.ts'
import type { PriceChange } from './price-records.ts'

/** Versions are handed out under a lock, so that a gap in them always means a missed message. */
export async function putRules(tx: Sql, rules: PriceRule[], judgedAt?: number): Promise<PriceChange[]> {
  await tx`select pg_advisory_xact_lock(hashtext('halftone price book'))`
  const changed = await changedRules(tx, rules, judgedAt)
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
  await recordEvents(tx, booked.flatMap(changeEvent))
  return booked
}

/** A price that is there for the first time did not change. */
function changeEvent({ booked: { version, rule }, previous }: PriceChange) {
  if (previous === null) return []
  const { id, provider, model, operation, source, status } = rule
  const detail = {
    ...{ rule_id: id, version, provider, model, operation, source: source.id },
    was: { status: previous.status, components: previous.components, source: previous.source.id },
    now: { status, components: rule.components, source: source.id },
  }
  return [{ kind: 'price.changed' as const, key: String(version), detail }]
}

/** When a price was last seen, and the fingerprint of the page it was seen on, do not make it another price. */
function changedRules(tx: Sql, rules: PriceRule[], judgedAt: number | undefined) {
  return tx<{ rule: PriceRule; previous: PriceRule | null }[]>`
    with given as (
      select rule, place from jsonb_array_elements(${asRows(rules)}::text::jsonb) with ordinality as r (rule, place))
    select given.rule, current.rule as previous
    from given left join price_rules current on current.rule_id = given.rule->>'id' and current.valid_until is null
    where current.rule is null
      or (current.version <= ${judgedAt ?? Number.MAX_SAFE_INTEGER}
        and (current.rule - 'observed_at') #- '{source,raw_sha256}'
          <> (given.rule - 'observed_at') #- '{source,raw_sha256}')
    order by given.place`
}
