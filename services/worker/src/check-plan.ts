import type { Nano } from '@halftone/contracts'
import type { Dependencies } from './dependencies.ts'
import type { Order } from './order.ts'

type PlanCheck =
  /** The price of this moment, at which the attempt is made. */
  | { kind: 'holds'; operation: string; ruleId: string; priceVersion: number; worst: Nano }
  /** The choice was made in another market: it must be made again. */
  | { kind: 'stale'; reason: string }

/** Looks at the plan's choice in the market as it is now, right before money is spent. */
export function checkPlan({ job, key, spec, request, quality, batch }: Order, deps: Dependencies): PlanCheck {
  const view = deps.market()
  if (view.health.get(key)?.breaker === 'open') return stale('its breaker is open')
  const poolState = view.pools?.get(spec.provider)
  if (poolState) return stale(`its pool is ${poolState}`)
  if (view.staleProviders?.has(spec.provider)) return stale('its prices are too old')
  const { operation, ruleId, priceVersion, worst, reason } = deps.priceOf(view)(spec, request, quality, batch)
  if (ruleId === null || priceVersion === null || worst === null) return stale(reason ?? 'it has no price')
  const planned = job.choice?.worst_nano ?? null
  if (planned === null || worst > planned) return stale('its price rose')
  return { kind: 'holds', operation, ruleId, priceVersion, worst }
}

function stale(reason: string): PlanCheck {
  return { kind: 'stale', reason }
}
