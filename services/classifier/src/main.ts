import { editKindOf, tagJobInWords } from '@halftone/content-type'
import { createLedger } from '@halftone/ledger'
import { createClassifyConsumer, createQueue, createSignals } from '@halftone/queue'
import { Counter, runService } from '@halftone/service-kit'
import { classifyJobs } from './classify-jobs.ts'
import { type Config, configSchema } from './config.ts'
import { createSecondOpinion } from './second-opinion.ts'

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
    const secondOpinion = secondOpinionOf(config, (err) =>
      log.warn({ err }, 'no second opinion; asked again in half a minute'),
    )
    const consumer = createClassifyConsumer({
      redisUrl,
      onFault,
      concurrency: config.HALFTONE_CLASSIFY_CONCURRENCY,
      async handle(ticket) {
        tickets.inc()
        return classifyJobs(
          {
            ledger,
            signals,
            tagJob: (job) => tagJobInWords(job, config.HALFTONE_CONTENT_TYPE_CONFIDENCE),
            editKindOf,
            secondOpinion,
          },
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

function secondOpinionOf(config: Config, onFault: (err: unknown) => void) {
  const { HALFTONE_SECOND_OPINION_URL: baseUrl, HALFTONE_SECOND_OPINION_MODEL: model } = config
  if (!baseUrl || !model) return null
  return createSecondOpinion({
    baseUrl,
    model,
    key: config.HALFTONE_SECOND_OPINION_KEY ?? null,
    waitMs: config.HALFTONE_SECOND_OPINION_WAIT_MS,
    callsPerDay: config.HALFTONE_SECOND_OPINION_CALLS_PER_DAY,
    clock: Date.now,
    onFault,
  })
}
