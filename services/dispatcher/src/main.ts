import { loadCatalogue } from '@halftone/catalogue'
import { batchTermsOf, type Component } from '@halftone/contracts'
import { createLedger } from '@halftone/ledger'
import { createRateLimits } from '@halftone/limits'
import { createMarket } from '@halftone/market'
import { createQueue, createSignals } from '@halftone/queue'
import { builtInPolicies, createPlanner } from '@halftone/routing'
import { runService } from '@halftone/service-kit'
import { configSchema, poolLimits } from './config.ts'
import { createLoops } from './create-loops.ts'
import { createJobPlans } from './job-plans.ts'
import { createLeader } from './leader.ts'
import { createMetrics } from './metrics.ts'
import { poolRates } from './pool-rate.ts'
import { createPriceOffers } from './price-offers.ts'
import { createProbes } from './probes.ts'
import { createLimitWatch } from './watch-limits.ts'

await runService({
  name: 'dispatcher',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const redisUrl = config.REDIS_URL
    const configured = config.HALFTONE_PROVIDERS
    const onFault = (err: unknown) => log.warn({ err }, 'redis')
    const catalogue = await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE)
    const limits = poolLimits(catalogue.providers, configured, config.HALFTONE_LIMITS)

    const ledger = createLedger({ url: config.DATABASE_URL })
    const queue = createQueue({ redisUrl, onFault })
    const signals = createSignals({ redisUrl, onFault })
    const clock = Date.now
    const market = createMarket({
      catalogue,
      simulated: config.HALFTONE_SIMULATE,
      loadPrices: () => ledger.prices.current(),
      loadPools: () => ledger.pools.list(),
      loadQuality: () => ledger.quality.current(),
      pricesMaxAgeMs: config.HALFTONE_PRICE_MAX_AGE_MS,
      signals,
      clock,
      log,
    })
    const planner = createPlanner({
      market: () => ({ version: market.view().version, floors: market.view().floors, now: clock() }),
      offers: createPriceOffers(market, configured, batchTermsOf(config)),
      policies: builtInPolicies,
      random: Math.random,
    })
    const metrics = createMetrics(registry)
    const accounts = createRateLimits({ redisUrl, onFault })
    const watch = createLimitWatch({
      limits: accounts,
      pools: [...limits.keys()],
      clock,
      onStop: () => loops.wakeRebalance(),
      log,
    })
    const loops = createLoops({
      ledger,
      queue,
      signals,
      plans: createJobPlans({
        planner,
        ledger,
        floorsOf: (projectId) => market.view().projectFloors?.get(projectId),
        clock,
      }),
      probes: createProbes({ market: market.view, queue, clock }),
      market: market.view,
      rates: () => poolRates(limits, market.view(), watch.stateOf),
      orphanMs: config.HALFTONE_ORPHAN_MS,
      clock,
      log,
      metrics,
    })
    const leader = createLeader({
      name: 'dispatcher',
      recovery: ledger.recovery,
      loops: [watch, ...loops.all],
      signals,
      onChange: (leading) => metrics.leading.set(leading ? 1 : 0),
      log,
    })
    const stores: Component = {
      name: 'stores',
      async start() {},
      async stop() {
        accounts.close()
        await Promise.all([queue.close(), ledger.stop()])
      },
    }
    const hints: Component = {
      name: 'hints',
      async start() {
        market.onChange(loops.wakeAll)
        await signals.subscribe('dispatch', loops.wakeWork, loops.wakeAll)
      },
      async stop() {},
    }
    return {
      components: [stores, signals, market, hints, leader],
      checks: { postgres: () => ledger.ping(), redis: () => queue.check() },
    }
  },
})
