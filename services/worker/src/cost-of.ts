import type { BookedRule, Nano, PriceRule } from '@halftone/contracts'
import { actualCost } from '@halftone/price-book'
import type { Billed, Usage } from '@halftone/providers'
import type { Attempt } from './attempt.ts'
import type { Dependencies } from './dependencies.ts'
import { untilDone } from './until-done.ts'

/** What a call did cost. `n`: pictures it made. Where even the rule cannot say, the most it can cost: unknown is never zero. */
export async function costOf(attempt: Attempt, n: number, usage: Usage, deps: Dependencies): Promise<Nano> {
  const rule = await ruleOf(attempt, deps)
  const cost = rule && actualCost(rule, { ...attempt.request, n: Math.max(1, n) }, attempt.quality, usage)
  if (cost === null) deps.log.error({ attempt: attempt.id, rule: attempt.ruleId }, 'no cost; booked at worst')
  return cost ?? attempt.worst
}

/** What is owed for a call that we canceled: by its price rule, and where that does not know, by what its provider said. */
export async function costOfCanceled(attempt: Attempt, billed: Billed, deps: Dependencies): Promise<Nano> {
  const charge = (await ruleOf(attempt, deps))?.charge_on.cancelled
  if (charge === 'free' && billed !== 'yes') return 0n
  if (charge === 'unknown' && billed === 'no') return 0n
  return costOf(attempt, attempt.request.n, {}, deps)
}

/** What is owed for a picture that was refused after the work, where only the price rule tells; null: it does not. */
export async function costOfRefused(attempt: Attempt, deps: Dependencies): Promise<Nano | null> {
  const rule = await ruleOf(attempt, deps)
  if (rule?.charge_on.refused_after === 'free') return 0n
  return rule?.charge_on.refused_after === 'full' ? costOf(attempt, attempt.request.n, {}, deps) : null
}

/** The rule that the call was made at: the attempt's, unless a later one says that it was in force before the call began. */
async function ruleOf(
  attempt: Attempt,
  { market, priceHistory, ...deps }: Dependencies,
): Promise<PriceRule | null> {
  const { key, ruleId, priceVersion } = attempt
  const current = market()
    .rules.get(key)
    ?.find(({ rule }) => rule.id === ruleId)
  if (current?.version === priceVersion) return current.rule
  const history = await untilDone('read the price history', () => priceHistory(ruleId, 100), deps)
  return ruleInForce(history, priceVersion, attempt.startedAt)
}

/**
 * A price may have changed at the provider before our call, and be heard of only while it runs. A rule that carries a
 * new `valid.from` tells so. Pure.
 */
export function ruleInForce(
  history: readonly BookedRule[],
  priceVersion: number,
  startedAt: Date,
): PriceRule | null {
  const own = history.find(({ version }) => version === priceVersion)
  if (!own) return null
  const inForce = history.filter(({ version, rule: { valid } }) => {
    const isNews = version > priceVersion && valid.from !== null && valid.from !== own.rule.valid.from
    return isNews && Date.parse(valid.from ?? '') <= startedAt.getTime()
  })
  return inForce.reduce((newest, one) => (one.version > newest.version ? one : newest), own).rule
}
