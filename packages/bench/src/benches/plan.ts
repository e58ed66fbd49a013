import { buildOffers } from '@halftone/market'
import { builtInPolicies, createPlanner } from '@halftone/routing'
import type { Bench } from '../bench.ts'
import { perSecond } from '../rounds.ts'
import { squareRequest, wideMarket } from '../wide-market.ts'

/** What the dispatcher does for a job of a known shape. The queues move with every plan, so none is used twice. */
export const plan: Bench = {
  name: 'plan',
  what: 'plans over 200 candidates already priced, on one core',
  goal: '≥ 50,000/s',
  met: ({ value }) => value >= 50_000,
  async run({ sizes }) {
    const { view, priceOf, configured } = await wideMarket()
    const planner = createPlanner({
      market: () => ({ ...view, now: 0 }),
      offers: (request, plausible, waits) =>
        buildOffers(view, priceOf, request, plausible, waits, configured),
      policies: builtInPolicies,
      random: Math.random,
    })
    let turn = 0
    const value = perSecond(() => {
      turn++
      const wait = turn
      planner.plan(squareRequest, {
        key: String(turn),
        of: (provider) => (provider.endsWith('-0') ? wait % 60_000 : 0),
      })
    }, sizes)
    return { value, baseline: null, unit: 'plans/s' }
  },
}
