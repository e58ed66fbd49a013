import { setTimeout as pause } from 'node:timers/promises'
import { loadCatalogue } from '@halftone/catalogue'
import { createLedger } from '@halftone/ledger'
import { createSignals } from '@halftone/queue'
import { runService } from '@halftone/service-kit'
import { configSchema } from './config.ts'
import { createFollowSource } from './follow-source.ts'
import { createSeedBook } from './seed-book.ts'
import { createSourceMetrics } from './source-metrics.ts'
import { createSimulatorSource } from './sources/simulator.ts'
import type { PriceSource } from './sources/source.ts'

await runService({
  name: 'pricing',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const catalogue = await loadCatalogue(config.HALFTONE_CATALOGUE)
    const ledger = createLedger({ url: config.DATABASE_URL, maxConnections: 2 })
    const signals = createSignals({
      redisUrl: config.REDIS_URL,
      onFault: (error) => log.warn({ err: error }, 'signals'),
    })
    const { prices } = ledger
    const metrics = createSourceMetrics(registry, Date.now)
    const sources: PriceSource[] = []
    if (config.HALFTONE_SIMULATE && config.HALFTONE_SIMULATOR_URL) {
      sources.push(
        createSimulatorSource({
          url: config.HALFTONE_SIMULATOR_URL,
          catalogue,
          intervalMs: config.HALFTONE_PRICE_POLL_MS,
          now: Date.now,
          log,
        }),
      )
    }
    return {
      components: [
        { name: 'ledger', start: async () => {}, stop: () => ledger.stop() },
        signals,
        createSeedBook({
          catalogue,
          simulated: config.HALFTONE_SIMULATE,
          prices,
          signals,
          pause: () => pause(1_000),
          log,
        }),
        ...sources.map((source) =>
          createFollowSource({ source, prices, signals, metrics, random: Math.random, log }),
        ),
      ],
      checks: { postgres: () => ledger.ping() },
    }
  },
})
