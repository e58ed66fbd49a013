import { type Component, toUsd } from '@halftone/contracts'
import type { NewPriceEvent, PaidCall, PriceStore } from '@halftone/ledger'
import { actualCost } from '@halftone/price-book'
import { toImageRequest } from '@halftone/routing'
import { createLoop, type Logger } from '@halftone/service-kit'
import type { SourceMetrics } from './source-metrics.ts'
import { tellEvents } from './tell-events.ts'

const callsMax = 2_000
/** Fewer say nothing: one long prompt would be a drift. */
const callsMin = 10

/** Looks again and again whether what calls cost is what their rules say. Nothing is changed by it: an event tells. */
export function createDriftWatch(options: {
  prices: Pick<PriceStore, 'paidCalls' | 'events'>
  metrics: Pick<SourceMetrics, 'told'>
  intervalMs: number
  log: Logger
}): Component {
  return createLoop({
    name: 'watch price drift',
    spacingMs: 0,
    beatMs: options.intervalMs,
    log: options.log,
    async work() {
      const drifts = findDrift(await options.prices.paidCalls(callsMax))
      await tellEvents(drifts, options)
      return undefined
    },
  })
}

/**
 * Rules by which the newest calls should have cost more than 2 % more or less than they did. What a call did cost is the
 * provider's own figure, or its usage; what it should have, the quote of its rule and version for the pictures it made.
 */
export function findDrift(calls: readonly PaidCall[]): NewPriceEvent[] {
  const byVersion = Map.groupBy(calls, ({ rule, priceVersion }) => `${rule.id}@${priceVersion}`)
  return [...byVersion].flatMap(([key, group]): NewPriceEvent[] => {
    const known = group.flatMap((call) => {
      const quoted = quoteOf(call)
      return quoted === null ? [] : [{ cost: call.cost, quoted }]
    })
    const [cost, quoted] = [sum(known.map((call) => call.cost)), sum(known.map((call) => call.quoted))]
    const apart = cost > quoted ? cost - quoted : quoted - cost
    const rule = group[0]?.rule
    if (!rule || known.length < callsMin || apart * 50n <= quoted) return []
    const { id, provider, model, operation } = rule
    const detail = {
      ...{ rule_id: id, version: group[0]?.priceVersion, provider, model, operation, calls: known.length },
      ...{ usd: toUsd(cost), quoted_usd: toUsd(quoted) },
    }
    return [{ kind: 'price.drift', key, detail }]
  })
}

function quoteOf({ rule, body, inputs, pictures, quality }: PaidCall): bigint | null {
  return actualCost(rule, { ...toImageRequest(body, inputs), n: Math.max(1, pictures) }, quality, {})
}

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
