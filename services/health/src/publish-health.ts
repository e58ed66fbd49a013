import { isDeepStrictEqual } from 'node:util'
import type { Clock, HealthSnapshot, ModelHealth, ProbeResult, Signals } from '@halftone/contracts'
import type { BreakerWatch } from '@halftone/limits'
import { createLoop, type Logger, type Loop } from '@halftone/service-kit'
import type { Assessor } from './assess.ts'

const beatMs = 5_000
const spacingMs = 100

/**
 * Tells everybody how the models do: at once when something changed (at most ten times a second), and every five
 * seconds, since messages may be lost. Versions rise over restarts too, as they start from the time.
 */
export function createHealthPublisher(options: {
  assessor: Assessor
  breakers: Pick<BreakerWatch, 'onChange'>
  signals: Signals
  clock: Clock
  log: Logger
  onPublish?(snapshot: HealthSnapshot): void
}): Loop {
  const { assessor, signals, clock, log } = options
  const probes = new Map<string, ProbeResult>()
  let version = clock()
  let told: ModelHealth[] | undefined
  let toldAt = Number.NEGATIVE_INFINITY

  const work = async (): Promise<number> => {
    const now = clock()
    const models = assessor.models(now)
    if (!isDeepStrictEqual(models, told) || now - toldAt >= beatMs) {
      logBreakers(models, told ?? [], log)
      const snapshot = {
        version: ++version,
        at: new Date(now).toISOString(),
        models,
        probes: [...probes.values()],
      }
      told = models
      toldAt = now
      await signals.publish('health', snapshot)
      options.onPublish?.(snapshot)
    }
    return Math.max(1, toldAt + beatMs - now)
  }
  const loop = createLoop({ name: 'publish health', spacingMs, beatMs, work, log })
  return {
    ...loop,
    async start() {
      await signals.subscribe('outcomes', (outcomes) => {
        assessor.observe(outcomes, clock())
        loop.wake()
      })
      await signals.subscribe('probe', (result) => void probes.set(result.provider, result))
      options.breakers.onChange(() => loop.wake())
      await loop.start()
    },
  }
}

function logBreakers(models: ModelHealth[], before: ModelHealth[], log: Logger): void {
  for (const { provider, model, breaker, reason } of models) {
    const was = before.find((one) => one.provider === provider && one.model === model)?.breaker ?? 'closed'
    if (was !== breaker) log.warn({ provider, model, breaker, was, reason }, 'breaker changed')
  }
}
