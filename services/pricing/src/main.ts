import { setTimeout as pause } from 'node:timers/promises'
import { loadCatalogue } from '@halftone/catalogue'
import { createLedger } from '@halftone/ledger'
import { createSignals } from '@halftone/queue'
import { runService } from '@halftone/service-kit'
import { buildSources } from './build-sources.ts'
import { configSchema } from './config.ts'
import { createDriftWatch } from './find-drift.ts'
import { createFollowSource } from './follow-source.ts'
import { createSeedBook } from './seed-book.ts'
import { createSourceMetrics } from './source-metrics.ts'

/** A file is looked at as often as its editor would look whether it worked. */
const filePollMs = 2_000

await runService({
  name: 'pricing',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const catalogue = await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE)
    const ledger = createLedger({ url: config.DATABASE_URL, maxConnections: 2 })
    const signals = createSignals({
      redisUrl: config.REDIS_URL,
      onFault: (error) => log.warn({ err: error }, 'signals'),
    })
    const { prices } = ledger
    const metrics = createSourceMetrics(registry, Date.now)
    const simulatorUrl = config.HALFTONE_SIMULATE ? config.HALFTONE_SIMULATOR_URL : undefined
    const path = config.HALFTONE_PRICE_FILE
    const sources = buildSources({
      catalogue,
      configured: config.HALFTONE_PRICE_SOURCES,
      keyOf: (variable) => process.env[variable],
      file: path ? { path, intervalMs: filePollMs } : null,
      simulator: simulatorUrl ? { url: simulatorUrl, intervalMs: config.HALFTONE_PRICE_POLL_MS } : null,
      now: Date.now,
      log,
    })
    return {
      components: [
        { name: 'ledger', start: async () => {}, stop: () => ledger.stop() },
        signals,
        createSeedBook({
          catalogue,
          sources,
          simulated: config.HALFTONE_SIMULATE,
          prices,
          signals,
          pause: () => pause(1_000),
          log,
        }),
        ...sources.map((source) =>
          createFollowSource({
            ...{ source, catalogue, prices, signals, metrics, log },
            ...{ now: Date.now, random: Math.random },
          }),
        ),
        createDriftWatch({ prices, metrics, intervalMs: config.HALFTONE_PRICE_DRIFT_MS, log }),
      ],
      checks: { postgres: () => ledger.ping() },
    }
  },
})
