import { loadCatalogue } from '@halftone/catalogue'
import { createQueue, createSignals } from '@halftone/queue'
import { Gauge, runService } from '@halftone/service-kit'
import { createAssessor } from './assess.ts'
import { configSchema } from './config.ts'
import { createHealthPublisher } from './publish-health.ts'

await runService({
  name: 'health',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const onFault = (error: unknown) => log.warn({ err: error }, 'redis')
    const catalogue = await loadCatalogue(config.HALFTONE_CATALOGUE, config.HALFTONE_CATALOGUE_FILE)
    const signals = createSignals({ redisUrl: config.REDIS_URL, onFault })
    const queue = createQueue({ redisUrl: config.REDIS_URL, onFault })
    const labelNames = ['provider', 'model']
    const health = new Gauge({
      name: 'halftone_model_health',
      help: 'Share of good calls, 0 to 1',
      labelNames,
      registers: [registry],
    })
    const open = new Gauge({
      name: 'halftone_model_breaker_open',
      help: '1 = open, 0.5 = half open, 0 = closed',
      labelNames,
      registers: [registry],
    })
    const publisher = createHealthPublisher({
      assessor: createAssessor(catalogue.models, Math.random),
      signals,
      clock: Date.now,
      log,
      onPublish(snapshot) {
        for (const { provider, model, health: share, breaker } of snapshot.models) {
          health.set({ provider, model }, share)
          open.set({ provider, model }, { closed: 0, half_open: 0.5, open: 1 }[breaker])
        }
      },
    })
    return {
      components: [{ name: 'queue', start: async () => {}, stop: () => queue.close() }, signals, publisher],
      checks: { redis: () => queue.check() },
    }
  },
})
