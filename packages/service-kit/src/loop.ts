import type { Component } from '@halftone/contracts'
import type { Logger } from './logger.ts'

export interface Loop extends Component {
  /** Runs as soon as the spacing allows; calls in between are one. */
  wake(): void
}

/**
 * Runs `work` one at a time: when woken, but not more often than `spacingMs`, and at least every `beatMs`,
 * because hints may be lost. A round that throws is logged and tried again at the next beat.
 */
export function createLoop(options: {
  name: string
  spacingMs: number
  beatMs: number
  /** Answers how soon it wants to run again, or nothing for the beat. */
  work(): Promise<number | undefined>
  log: Logger
}): Loop {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let woken = false
  let stopped = true
  let lastStart = 0

  const schedule = (ms: number) => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(round, ms)
  }
  const round = () => {
    lastStart = Date.now()
    woken = false
    running = options
      .work()
      .catch((error: unknown) => {
        options.log.error({ err: error, loop: options.name }, 'a round failed; the next beat tries again')
        return undefined
      })
      .then((next) => {
        running = undefined
        schedule(woken ? spacing() : Math.min(next ?? options.beatMs, options.beatMs))
      })
  }
  const spacing = () => Math.max(0, lastStart + options.spacingMs - Date.now())

  return {
    name: options.name,
    wake() {
      if (woken) return
      woken = true
      if (!running) schedule(spacing())
    },
    async start() {
      stopped = false
      schedule(0)
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
