import type { Component } from '@halftone/contracts'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { z } from 'zod'
import { type BaseConfig, baseConfigSchema, parseConfig } from './config.ts'
import { type Checks, createHealthServer } from './health.ts'
import { createLogger, type Logger } from './logger.ts'

export interface ServiceParts {
  /** Started in this order, stopped in reverse. */
  components: Component[]
  /** What readiness asks: Postgres, Redis, the artifact store. */
  checks: Checks
  /** Said to whoever started this process, beside "ready": a port, say. */
  announce?: () => Record<string, unknown>
}

export interface ServiceOptions<T> {
  name: string
  env: Record<string, string | undefined>
  configSchema: z.ZodType<T>
  /** The service has its own HTTP door with health and metrics. */
  ownHealth?: boolean
  build(kit: { config: T & BaseConfig; log: Logger; registry: Registry }): Promise<ServiceParts>
}

/**
 * The life of a service process: parse the environment, start, say "ready", and on SIGTERM, SIGINT or the loss of
 * the parent stop in reverse order. Components get a little less than HALFTONE_STOP_MS, so that what they leave behind
 * at their deadline can still be handed over; then the process exits, whatever hangs. A second signal exits at once.
 */
export async function runService<T>(options: ServiceOptions<T>): Promise<void> {
  let config: T & BaseConfig
  try {
    config = parseConfig(z.intersection(options.configSchema, baseConfigSchema), options.env)
  } catch (error) {
    console.error(`${options.name}: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
  const log = createLogger(options.name, config.HALFTONE_LOG_LEVEL)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection')
    process.exit(1)
  })

  const started: Component[] = []
  const stopAll = createStop(options.name, started, config.HALFTONE_STOP_MS, log)
  let signals = 0
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      signals += 1
      if (signals > 1) process.exit(130)
      stopAll(0)
    })
  // the supervisor is gone: stop, so that nothing is left behind
  process.on('disconnect', () => stopAll(0))

  try {
    const parts = await options.build({ config, log, registry })
    const health = createHealthServer({
      host: config.HALFTONE_HEALTH_HOST,
      port: config.HALFTONE_HEALTH_PORT,
      checks: parts.checks,
      registry,
    })
    for (const component of options.ownHealth ? parts.components : [...parts.components, health]) {
      started.push(component)
      await component.start()
    }
    log.info({ healthPort: options.ownHealth ? undefined : health.port() }, 'ready')
    process.send?.({ ready: true, ...parts.announce?.() })
  } catch (error) {
    log.fatal({ err: error }, 'could not start')
    await stopAll(1)
  }
}

/** Left between the components' deadline and the end of the process. */
const handOverMs = 1_000

function createStop(name: string, started: Component[], stopMs: number, log: Logger) {
  let stopping = false
  // Node's own shutdown can deadlock (nodejs/node#54918, seen with 24.21); without a supervisor nobody would end it then
  const exit = (code: number) => {
    if (process.connected === false) process.kill(process.pid, 'SIGKILL')
    process.exit(code)
  }
  return async (code: number) => {
    if (stopping) return
    stopping = true
    log.info({ stopMs }, `${name} stops`)
    const deadline = Date.now() + stopMs - Math.min(handOverMs, stopMs / 4)
    setTimeout(() => {
      log.error('did not stop in time')
      exit(code || 1)
    }, stopMs).unref()
    for (const component of started.toReversed()) {
      try {
        await component.stop(deadline)
      } catch (error) {
        log.error({ err: error, component: component.name }, 'did not stop cleanly')
      }
    }
    log.info(`${name} stopped`)
    exit(code)
  }
}
