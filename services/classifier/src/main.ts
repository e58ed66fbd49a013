import { tagJob } from '@halftone/content-type'
import { createLedger } from '@halftone/ledger'
import { createClassifyConsumer, createQueue, createSignals } from '@halftone/queue'
import { Counter, runService } from '@halftone/service-kit'
import { classifyJobs } from './classify-jobs.ts'
import { configSchema } from './config.ts'

await runService({
  name: 'classifier',
  env: process.env,
  configSchema,
  async build({ config, log, registry }) {
    const redisUrl = config.REDIS_URL
    const onFault = (err: unknown) => log.warn({ err }, 'redis')
    const ledger = createLedger({
      url: config.DATABASE_URL,
      maxConnections: config.HALFTONE_CLASSIFY_CONCURRENCY,
    })
    const queue = createQueue({ redisUrl, onFault })
    const signals = createSignals({ redisUrl, onFault })
    const tickets = new Counter({
      name: 'halftone_classify_tickets_total',
      help: 'Classify tickets worked on',
      registers: [registry],
    })
    const consumer = createClassifyConsumer({
      redisUrl,
      onFault,
      concurrency: config.HALFTONE_CLASSIFY_CONCURRENCY,
      async handle(ticket) {
        tickets.inc()
        return classifyJobs(
          { ledger, signals, tagJob: (job) => tagJob(job, config.HALFTONE_CONTENT_TYPE_CONFIDENCE) },
          ticket,
        )
      },
      onError: (err, ticket) => log.error({ err, ticket }, 'could not classify; the ticket comes again'),
    })
    const stores = {
      name: 'stores',
      async start() {},
      async stop() {
        await Promise.all([queue.close(), ledger.stop()])
      },
    }
    return {
      components: [stores, signals, consumer],
      checks: { postgres: () => ledger.ping(), redis: () => queue.check() },
    }
  },
})
