import { setTimeout as delay } from 'node:timers/promises'
import { checkResult, createArtifactStore, createFolderNotes, transcode } from '@halftone/artifacts'
import { loadCatalogue } from '@halftone/catalogue'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger } from '@halftone/ledger'
import { createBreakers, createRateLimits } from '@halftone/limits'
import { createMarket, type MarketView } from '@halftone/market'
import { createPricer } from '@halftone/price-book'
import { createHttp, createProviders } from '@halftone/providers'
import { createQueue, createSignals } from '@halftone/queue'
import { runService } from '@halftone/service-kit'
import { createAttemptNotes } from './attempt-notes.ts'
import { createBells } from './bells.ts'
import { configSchema } from './config.ts'
import { readCredentials } from './credentials.ts'
import { createLeaseExtender } from './extend-leases.ts'
import { heedThrottles } from './heed-limits.ts'
import { createLiveCalls } from './live-calls.ts'
import { createMeter } from './metrics.ts'
import { createPools } from './pools.ts'
import { createProber } from './probe-providers.ts'
import { createReconciler } from './reconcile/reconcile.ts'
import { createReports } from './report.ts'
import { servePools } from './serve-pools.ts'
import { settingsOf } from './settings.ts'
import { createPartials } from './show-partials.ts'

await runService({
  name: 'worker',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const redisUrl = config.REDIS_URL
    const onFault = (error: unknown) => log.warn({ err: error }, 'redis')
    const catalogue = await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE)
    const simulatorUrl = config.HALFTONE_SIMULATE ? (config.HALFTONE_SIMULATOR_URL ?? null) : null
    const credentials = readCredentials(catalogue.providers, process.env, simulatorUrl)
    const { pools, limitsOf } = servePools(catalogue, Object.keys(credentials), config)

    const ledger = createLedger({ url: config.DATABASE_URL, name: 'worker' })
    const signals = createSignals({ redisUrl, onFault })
    const queue = createQueue({ redisUrl, onFault })
    const limits = createRateLimits({ redisUrl, onFault })
    const artifacts = createArtifactStore({ kind: 'folder', dir: config.HALFTONE_ARTIFACTS_DIR })
    const http = createHttp({
      guard: createGuardedAgent({
        allowCidrs: config.HALFTONE_DOWNLOAD_ALLOW_CIDRS,
        denyCidrs: config.HALFTONE_OWN_CIDRS,
        connectMs: 10_000,
        // The deadline of each download rules instead.
        answerMs: 0,
        connectionsPerOrigin: 64,
      }),
    })
    const market = createMarket({
      catalogue,
      simulated: config.HALFTONE_SIMULATE,
      loadPrices: () => ledger.prices.current(),
      loadPools: () => ledger.pools.list(),
      pricesMaxAgeMs: config.HALFTONE_PRICE_MAX_AGE_MS,
      signals,
      clock: Date.now,
      log,
    })
    const liveCalls = createLiveCalls()
    const bells = createBells()
    const notes = createAttemptNotes(createFolderNotes({ dir: config.HALFTONE_ARTIFACTS_DIR }), log)
    const reports = createReports({ signals, log })
    const pricer = createPricer()
    const quiet = new AbortController()
    const settings = settingsOf(config)
    const heed = heedThrottles({ limits, limitsOf, log })
    const providers = createProviders(credentials, http, catalogue.providers, heed)
    const monotonic = () => performance.now()
    const breakers = createBreakers({
      redisUrl,
      instance: settings.owner,
      serving: pools,
      clock: Date.now,
      monotonic,
      random: Math.random,
      reset: { firstMs: config.HALFTONE_BREAKER_RESET_MS, maxMs: 12 * config.HALFTONE_BREAKER_RESET_MS },
      onFault,
    })
    const deps = {
      attempts: ledger.attempts,
      endWaiting: ledger.dispatch.end,
      adopt: ledger.reconciliation.adopt,
      priceHistory: ledger.prices.history,
      market: market.view,
      priceOf: ({ rules }: MarketView) => pricer(rules),
      limits,
      breakers,
      limitsOf,
      artifacts,
      notes,
      partials: createPartials({ signals, artifacts, check: checkResult, log }),
      pictures: { check: checkResult, transcode },
      providers,
      liveCalls,
      bells,
      reports,
      meter: createMeter(registry),
      settings,
      stopping: quiet.signal,
      clock: Date.now,
      monotonic,
      random: Math.random,
      sleep: (ms: number, signal?: AbortSignal) => delay(ms, undefined, { signal }).catch(() => {}),
      log,
    }
    const reconciler = createReconciler({ ...deps, reconciliation: ledger.reconciliation })
    const hearCallbacks = () =>
      signals.subscribe('callback', (calls) => {
        bells.ring(calls)
        // it may be about a call that was given up
        reconciler.wake()
      })
    const closing = (name: string, stop: () => Promise<void> | void) => ({
      name,
      start: async () => {},
      stop: async () => stop(),
    })
    return {
      components: [
        closing('ledger', () => ledger.stop()),
        closing('queue', () => queue.close()),
        closing('limits', () => limits.close()),
        closing('http', () => http.close()),
        signals,
        market,
        reports,
        breakers,
        createProber({ providers, pools, breakers, reports, monotonic, random: Math.random }),
        createLeaseExtender({ attempts: ledger.attempts, liveCalls, settings, log }),
        { ...closing('cancels', () => {}), start: () => signals.subscribe('cancel', liveCalls.cancel) },
        { ...closing('callbacks', () => {}), start: hearCallbacks },
        reconciler,
        createPools({ redisUrl, pools, limitsOf, deps, quiet, log }),
      ],
      checks: {
        postgres: () => ledger.ping(),
        redis: () => queue.check(),
        artifacts: () => artifacts.check(),
      },
    }
  },
})
