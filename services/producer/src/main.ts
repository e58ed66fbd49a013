import { createFolderStore } from '@halftone/artifacts'
import { loadCatalogue } from '@halftone/catalogue'
import { tagJob } from '@halftone/content-type'
import { batchTermsOf } from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger } from '@halftone/ledger'
import { createMarket } from '@halftone/market'
import { createOnce, createQueue, createSignals } from '@halftone/queue'
import { runService } from '@halftone/service-kit'
import { buildParts } from './build-parts.ts'
import { configSchema } from './config.ts'
import { createDoor } from './door.ts'

await runService({
  name: 'producer',
  env: process.env,
  configSchema,
  ownHealth: true,
  async build({ config, log, registry }) {
    const redisUrl = config.REDIS_URL
    const onFault = (err: unknown) => log.warn({ err }, 'redis')
    const ledger = createLedger({ url: config.DATABASE_URL, name: 'producer' })
    const queue = createQueue({ redisUrl, onFault })
    const signals = createSignals({ redisUrl, onFault })
    const once = createOnce({ redisUrl, onFault })
    const store = createFolderStore({ dir: config.HALFTONE_ARTIFACTS_DIR })
    const market = createMarket({
      catalogue: await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE),
      simulated: config.HALFTONE_SIMULATE,
      loadPrices: () => ledger.prices.current(),
      loadPools: () => ledger.pools.list(),
      loadQuality: () => ledger.quality.current(),
      pricesMaxAgeMs: config.HALFTONE_PRICE_MAX_AGE_MS,
      signals,
      clock: Date.now,
      log,
    })
    const checks = {
      postgres: () => ledger.ping(),
      redis: () => queue.check(),
      artifacts: () => store.check(),
    }
    const egress = createGuardedAgent({
      allowCidrs: config.HALFTONE_DOWNLOAD_ALLOW_CIDRS,
      denyCidrs: config.HALFTONE_OWN_CIDRS,
      connectMs: 5_000,
      answerMs: 10_000,
      connectionsPerOrigin: 8,
    })
    const { parts, components } = buildParts({
      ledger,
      queue,
      signals,
      store,
      market,
      tagJob: (job) => tagJob(job, config.HALFTONE_CONTENT_TYPE_CONFIDENCE),
      configured: config.HALFTONE_PROVIDERS,
      batch: batchTermsOf(config),
      simulated: config.HALFTONE_SIMULATE,
      publicUrl: config.HALFTONE_PUBLIC_URL,
      urlSecret: config.HALFTONE_URL_SECRET,
      adminKey: config.HALFTONE_ADMIN_KEY,
      callbacks: { secrets: config.HALFTONE_CALLBACK_SECRETS, once },
      limits: config.HALFTONE_LIMITS,
      quoteOverrunMax: config.HALFTONE_QUOTE_OVERRUN_MAX_USD,
      syncTimeoutMs: config.HALFTONE_SYNC_TIMEOUT,
      webhookAllowCidrs: config.HALFTONE_WEBHOOK_ALLOW_CIDRS,
      webhookDenyCidrs: config.HALFTONE_OWN_CIDRS,
      webhookVerifiedOnly: config.HALFTONE_WEBHOOK_VERIFIED_ONLY,
      egress,
      checks,
      registry,
      log,
      clock: Date.now,
      random: Math.random,
    })
    const door = createDoor(parts, { host: config.HALFTONE_HOST, port: config.HALFTONE_PORT })
    const stores = {
      name: 'stores',
      async start() {},
      async stop() {
        await Promise.all([queue.close(), ledger.stop(), egress.destroy()])
      },
    }
    return {
      components: [stores, signals, once, market, ...components, door],
      checks,
      announce: () => ({ port: door.port() }),
    }
  },
})
