import { type BookedRule, modelKey, type PriceRule } from '@halftone/contracts'
import type { PriceChange, QuarantineRow } from '@halftone/ledger'
import { adoptPlaces } from './adopt-places.ts'
import { compareReadings } from './compare-readings.ts'
import { discoverModels } from './discover-models.ts'
import type { FollowSourceOptions } from './follow-source.ts'
import { guard, type Verdict } from './guards.ts'
import { outranks, sameSource, sameTerms } from './rule-difference.ts'
import type { Refresh, Retirement } from './sources/source.ts'
import { tellEvents } from './tell-events.ts'

type Readings = Extract<Refresh, { kind: 'rules' }>

export interface Taken {
  changes: PriceChange[]
  /** Something is held back, and waits to be said again. */
  held: boolean
  /** Somebody else changed the book meanwhile: what was taken has to be judged once more. */
  raced: boolean
}

/** What becomes of one refresh, by the role of its source. */
export function createTakeReadings(options: FollowSourceOptions): (readings: Readings) => Promise<Taken> {
  switch (options.source.role) {
    case 'operator':
      return (readings) => takeFromOperator(options, readings)
    case 'authority':
      return (readings) => takeFromAuthority(options, readings)
    case 'tripwire':
      return createCompare(options)
  }
}

/** Believed as it is. A price that is taken out of the file gives way to the catalogue's, or goes. */
async function takeFromOperator(
  { source, prices, catalogue }: FollowSourceOptions,
  { rules }: Readings,
): Promise<Taken> {
  const { version, rules: book } = await prices.current()
  const readings = adoptPlaces(rules, book)
  const said = new Set(readings.map(({ id }) => id))
  const withdrawn = ownRules(book, source.id).filter(({ id }) => !said.has(id))
  const shipped = new Map(catalogue.rules.map((rule) => [rule.id, rule]))
  const back = withdrawn.map((rule) => shipped.get(rule.id) ?? { ...rule, status: 'retired' as const })
  const wanted = [...changed(readings, book), ...back]
  const changes = await prices.put(wanted, version)
  return { changes, held: false, raced: changes.length < wanted.length }
}

async function takeFromAuthority(
  options: FollowSourceOptions,
  { rules, retirements = [] }: Readings,
): Promise<Taken> {
  const { source, prices, catalogue } = options
  const { version, rules: book } = await prices.current()
  const mine = rules.filter(
    ({ provider }) => source.providers === null || source.providers.includes(provider),
  )
  const readings = adoptPlaces(mine, book)
  const own = ownRules(book, source.id)
  const bound = await prices.quarantine.binding(source.id)
  const verdict = guard({
    readings,
    known: new Map(book.map(({ rule }) => [rule.id, rule])),
    own: new Set(own.map(({ id }) => id)),
    bound,
    now: options.now(),
  })
  const wanted = [...changed(verdict.accepted, book), ...ending(retirements, book)]
  const changes = await prices.put(wanted, version)
  await report(options, bound, verdict)
  await tellEvents(discoverModels(source.id, mine, catalogue), options)
  return { changes, held: waits(verdict), raced: changes.length < wanted.length }
}

/** Never a price: what it says is held against the book. */
function createCompare(options: FollowSourceOptions): (readings: Readings) => Promise<Taken> {
  const { source, prices, catalogue } = options
  const known = new Map<string, PriceRule>()
  const models = new Set(catalogue.models.map(modelKey))
  return async ({ rules }) => {
    const bound = await prices.quarantine.binding(source.id)
    const verdict = guard({ readings: rules, known, own: living(known), bound, now: options.now() })
    for (const rule of verdict.accepted) known.set(rule.id, rule)
    // nobody decides on prices of models that nobody uses
    const findings = verdict.findings.filter(
      ({ kind, reading }) => kind === 'shrunk' || ('provider' in reading && models.has(modelKey(reading))),
    )
    await report(options, bound, { ...verdict, findings })
    const { rules: book } = await prices.current()
    const { accepted: readings } = verdict
    const apart = compareReadings({ source: source.id, readings, book, catalogue, now: options.now() })
    await tellEvents(apart, options)
    return { changes: [], held: waits(verdict), raced: false }
  }
}

/** Nonsense is no more believed for being said twice. */
function waits({ findings }: Verdict): boolean {
  return findings.some(({ kind }) => kind === 'leap' || kind === 'shrunk')
}

function living(known: ReadonlyMap<string, PriceRule>): Set<string> {
  return new Set([...known.values()].filter(({ status }) => status !== 'retired').map(({ id }) => id))
}

async function report(
  { source, prices, log }: FollowSourceOptions,
  bound: readonly QuarantineRow[],
  { findings, confirmed, complete }: Verdict,
): Promise<void> {
  if (findings.length === 0 && !bound.some(({ state }) => state === 'held')) return
  await prices.quarantine.report(source.id, { findings, confirmed, complete })
  for (const { kind, ruleId, reason } of findings)
    log.debug(
      { source: source.id, kind, ruleId, reason },
      'a price was not believed; the last good one stays',
    )
}

function ownRules(book: readonly BookedRule[], source: string): PriceRule[] {
  return book.flatMap(({ rule }) => (rule.source.id === source && rule.status !== 'retired' ? [rule] : []))
}

/** Those that ask something else than the book, and may. */
function changed(rules: readonly PriceRule[], book: readonly BookedRule[]): PriceRule[] {
  const booked = new Map(book.map(({ rule }) => [rule.id, rule]))
  return rules.filter((rule) => {
    const last = booked.get(rule.id)
    return !last || (outranks(rule, last) && !(sameSource(rule, last) && sameTerms(rule, last)))
  })
}

function ending(retirements: readonly Retirement[], book: readonly BookedRule[]): PriceRule[] {
  const ends = new Map(retirements.map(({ provider, model, on }) => [`${provider}/${model}`, on]))
  return book.flatMap(({ rule }) => {
    const on = ends.get(modelKey(rule))
    return on && on !== rule.retires_on ? [{ ...rule, retires_on: on }] : []
  })
}
