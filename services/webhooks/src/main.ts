import { signContentUrl } from '@halftone/artifacts/content-url'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger } from '@halftone/ledger'
import { createSignals } from '@halftone/queue/signals'
import { runService } from '@halftone/service-kit'
import { configSchema } from './config.ts'
import { createDeliverOutbox } from './deliver-outbox.ts'
import { createDeliveryMetrics } from './delivery-metrics.ts'
import { createPruneEvents } from './prune-events.ts'

const connectMs = 5_000
const sendMs = 15_000
const urlLifeMs = 24 * 3_600_000

await runService({
  name: 'webhooks',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const ledger = createLedger({ url: config.DATABASE_URL, maxConnections: 4 })
    const signals = createSignals({
      redisUrl: config.REDIS_URL,
      onFault: (error) => log.warn({ err: error }, 'signals'),
    })
    const agent = createGuardedAgent({
      allowCidrs: config.HALFTONE_WEBHOOK_ALLOW_CIDRS,
      denyCidrs: config.HALFTONE_OWN_CIDRS,
      connectMs,
      answerMs: sendMs,
      connectionsPerOrigin: config.HALFTONE_WEBHOOK_CONCURRENT_PER_ORIGIN,
    })
    const deliverOutbox = createDeliverOutbox({
      ledger,
      signals,
      dispatcher: agent,
      contentUrl: (fileId) =>
        signContentUrl({
          baseUrl: config.HALFTONE_PUBLIC_URL,
          secret: config.HALFTONE_URL_SECRET,
          fileId,
          expiresAt: new Date(Date.now() + urlLifeMs),
        }),
      scheduleMs: config.HALFTONE_WEBHOOK_SCHEDULE_MS,
      concurrentMax: config.HALFTONE_WEBHOOK_CONCURRENT,
      concurrentPerOriginMax: config.HALFTONE_WEBHOOK_CONCURRENT_PER_ORIGIN,
      sendMs,
      metrics: createDeliveryMetrics(registry),
      now: Date.now,
      random: Math.random,
      log,
    })
    return {
      components: [
        { name: 'ledger', start: async () => {}, stop: () => ledger.stop() },
        signals,
        { name: 'connections', start: async () => {}, stop: () => agent.destroy() },
        deliverOutbox,
        createPruneEvents({
          events: ledger.events,
          keepMs: config.HALFTONE_EVENTS_KEEP_DAYS * 86_400_000,
          log,
        }),
      ],
      checks: { postgres: () => ledger.ping() },
    }
  },
})
