import type { Component, ProviderSpec, RunTicket } from '@halftone/contracts'
import type { Consumer, ConsumerOptions } from '@halftone/queue'
import { createRunConsumer } from '@halftone/queue'
import type { Logger } from '@halftone/service-kit'
import type { Dependencies } from './dependencies.ts'
import { runJob } from './run-job.ts'

/** One consumer for each pool that this process serves, as wide as the provider allows. */
export function createPools(options: {
  redisUrl: string
  pools: readonly string[]
  limitsOf(pool: string): ProviderSpec['limits']
  deps: Dependencies
  /** Aborted first of all at a stop. */
  quiet: AbortController
  log: Logger
}): Component {
  const { redisUrl, pools, limitsOf, deps, quiet, log } = options
  const consumers: Consumer[] = pools.map((pool) => {
    const consumer: ConsumerOptions<RunTicket> = {
      concurrency: limitsOf(pool).concurrent,
      handle: (ticket, lost) => runJob(ticket, deps, lost),
      onError: (error, ticket) =>
        log.error({ err: error, pool, job: ticket.job }, 'a ticket could not be worked on'),
    }
    const onFault = (error: unknown) => log.warn({ err: error, pool }, 'redis')
    return createRunConsumer(pool, { ...consumer, redisUrl, onFault })
  })
  return {
    name: 'pools',
    async start() {
      await Promise.all(consumers.map((consumer) => consumer.start()))
    },
    /** What was not sent goes back to the queue at once; calls may end; what has not by then is taken over by others at once. */
    async stop(deadline) {
      quiet.abort()
      await Promise.all(consumers.map((consumer) => consumer.stop(deadline)))
      if (deps.liveCalls.count() > 0) await handOver(deps)
    },
  }
}

/** Without this, the others would wait for our leases to run out. */
async function handOver({ attempts, liveCalls, settings, log }: Dependencies): Promise<void> {
  log.warn({ calls: liveCalls.count() }, 'calls are still out; others take them over')
  await attempts.handOver(settings.owner)
}
