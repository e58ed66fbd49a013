import { loadCatalogue } from '@halftone/catalogue'
import { createBreakerWatch } from '@halftone/limits'
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
    const throttled = new Gauge({
      name: 'halftone_model_throttled',
      help: 'Share of calls that were told to wait lately, 0 to 1',
      labelNames,
      registers: [registry],
    })
    const probe = new Gauge({
      name: 'halftone_provider_probe_ok',
      help: 'Whether the last free call to the provider went well: 1 or 0',
      labelNames: ['provider'],
      registers: [registry],
    })
    const breakers = createBreakerWatch({
      redisUrl: config.REDIS_URL,
      clock: Date.now,
      monotonic: () => performance.now(),
      onFault,
    })
    const publisher = createHealthPublisher({
      assessor: createAssessor(catalogue.models, breakers.states),
      breakers,
      signals,
      clock: Date.now,
      log,
      onPublish(snapshot) {
        for (const { provider, model, health: share, breaker, throttled: told = 0 } of snapshot.models) {
          health.set({ provider, model }, share)
          throttled.set({ provider, model }, told)
          open.set({ provider, model }, { closed: 0, half_open: 0.5, open: 1 }[breaker])
        }
        for (const { provider, fault } of snapshot.probes ?? [])
          probe.set({ provider }, fault === null ? 1 : 0)
      },
    })
    return {
      components: [
        { name: 'queue', start: async () => {}, stop: () => queue.close() },
        signals,
        breakers,
        publisher,
      ],
      checks: { redis: () => queue.check() },
    }
  },
})
