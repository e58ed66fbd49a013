import { buildOffers } from '@halftone/market'
import { builtInPolicies, explain, route } from '@halftone/routing'
import type { Bench } from '../bench.ts'
import { perSecond } from '../rounds.ts'
import { squareRequest, wideMarket } from '../wide-market.ts'

/** Prices every candidate anew, ranks them and writes the reasons: all that a quote is but for its row. */
export const quote: Bench = {
  name: 'quote',
  what: 'a quote over 200 candidates, none priced before, in this process',
  goal: '< 1 ms',
  met: ({ value }) => value < 1,
  async run({ sizes }) {
    const { view, priceOf, configured } = await wideMarket()
    const { request, plausible } = squareRequest
    const speed = perSecond(() => {
      const offers = buildOffers(view, priceOf, request, plausible, () => 0, configured)
      const routed = route(
        squareRequest,
        { offers, floors: view.floors, now: 0 },
        builtInPolicies,
        Math.random,
      )
      explain(routed, request)
    }, sizes)
    return { value: 1_000 / speed, baseline: null, unit: 'ms' }
  },
}
