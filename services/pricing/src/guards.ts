import type { PriceRule } from '@halftone/contracts'
import { amountsOf, leadingComponent, type PriceComponent, scaled } from './amounts.ts'

/** What was held back at the last poll, and is believed when this one says the same. */
export interface Held {
  /** Amounts by rule. */
  leaps: ReadonlyMap<string, string>
  vanished: ReadonlySet<string>
}

export const nothingHeld: Held = { leaps: new Map(), vanished: new Set() }

export interface Fault {
  /** `refused`: not believed however often it is said. `held`: believed if the next poll says it too. */
  kind: 'refused' | 'held'
  reason: string
  /** null: the whole refresh. */
  ruleId: string | null
  was: string | null
  now: string | null
}

export interface Verdict {
  accepted: PriceRule[]
  faults: Fault[]
  held: Held
}

/** USD; what lies outside is a slip of units (cents for dollars, tokens for millions), not a price. */
const bands: Record<PriceComponent['kind'], readonly [string, string]> = {
  per_image: ['0.0001', '2'],
  per_request: ['0.0001', '5'],
  per_megapixel: ['0.0001', '2'],
  per_step: ['0.000001', '0.5'],
  per_1k_masked_pixels: ['0.000001', '0.1'],
  per_token: ['0.01', '1000'],
  per_second: ['0.00001', '1'],
}
const leapFactor = 5n

/**
 * Judges one refresh of a source before it reaches the book. `booked` are the current rules by id, `own` the ids of
 * those that this source has set before. What is not accepted leaves the last good price as it is.
 */
export function guard(options: {
  readings: readonly PriceRule[]
  booked: ReadonlyMap<string, PriceRule>
  own: ReadonlySet<string>
  held: Held
}): Verdict {
  const { readings, booked, own, held } = options
  const read = new Set(readings.map(({ id }) => id))
  const vanished = new Set([...own].filter((id) => !read.has(id)))
  if (vanished.size * 10 > own.size && !sameSet(vanished, held.vanished)) {
    const reason = `${vanished.size} of ${own.size} known rules are missing`
    return {
      accepted: [],
      faults: [
        { kind: 'held', reason, ruleId: null, was: `${own.size}`, now: `${own.size - vanished.size}` },
      ],
      held: { leaps: held.leaps, vanished },
    }
  }
  const accepted: PriceRule[] = []
  const faults: Fault[] = []
  const leaps = new Map<string, string>()
  for (const rule of readings) {
    const last = booked.get(rule.id)
    const reason = refusal(rule, last)
    if (reason) {
      faults.push(fault('refused', reason, rule, last))
    } else if (last && leapt(rule, last) && held.leaps.get(rule.id) !== figures(rule)) {
      leaps.set(rule.id, figures(rule))
      faults.push(fault('held', `moved more than ${leapFactor} times`, rule, last))
    } else {
      accepted.push(rule)
    }
  }
  return { accepted, faults, held: { leaps, vanished } }
}

function refusal(rule: PriceRule, last: PriceRule | undefined): string | null {
  if (rule.status === 'free') return last && last.status !== 'free' ? 'became free' : null
  for (const { component, amount } of amountsOf(rule)) {
    if (amount === null) continue
    const value = scaled(amount)
    if (value < 0n) return 'is negative'
    if (value === 0n) return 'is zero'
    const [least, most] = bands[component.kind]
    if (value < scaled(least) || value > scaled(most)) return `lies outside ${least} to ${most} USD`
  }
  return null
}

function leapt(rule: PriceRule, last: PriceRule): boolean {
  const before = amountsOf(last)
  return amountsOf(rule).some(({ component, amount }, index) => {
    const old = before[index]
    if (amount === null || !old || old.amount === null || old.component.kind !== component.kind) return false
    const [a, b] = [scaled(old.amount), scaled(amount)]
    return b > a * leapFactor || a > b * leapFactor
  })
}

function fault(kind: Fault['kind'], reason: string, rule: PriceRule, last: PriceRule | undefined): Fault {
  const lead = (of: PriceRule | undefined) => (of ? (leadingComponent(of)?.amount ?? null) : null)
  return { kind, reason, ruleId: rule.id, was: lead(last), now: lead(rule) }
}

function figures(rule: PriceRule): string {
  return amountsOf(rule)
    .map(({ amount }) => amount)
    .join(' ')
}

function sameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((id) => other.has(id))
}
