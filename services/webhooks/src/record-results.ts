import type { Delivered, EndpointTrouble, Failed, Outbox } from '@halftone/ledger'
import type { Logger } from '@halftone/service-kit'

export interface ResultRecorder {
  delivered(result: Delivered): void
  failed(result: Failed): void
  /** Resolves when all that was handed over is committed. */
  recorded(): Promise<void>
}

/**
 * Writes results back in batches: whatever comes while one batch is being committed is the next. A batch that the
 * ledger did not take is tried again; should it never be, its messages are sent once more under the same ids.
 */
export function createResultRecorder(options: {
  outbox: Pick<Outbox, 'delivered' | 'failed'>
  log: Logger
  pause(): Promise<void>
  /** Called when something is due at another time than before. */
  onRescheduled(): void
  onTrouble(trouble: EndpointTrouble): void
}): ResultRecorder {
  const batchMax = 500
  const { outbox, log } = options
  let delivered: Delivered[] = []
  let failed: Failed[] = []
  let writing: Promise<void> | undefined

  const write = async () => {
    // the results of this turn of the event loop go together
    await new Promise(setImmediate)
    while (delivered.length + failed.length > 0) {
      const [good, bad] = [delivered.slice(0, batchMax), failed.slice(0, batchMax)]
      try {
        const released = good.length > 0 && (await outbox.delivered(good))
        delivered = delivered.slice(good.length)
        if (released) options.onRescheduled()
        const troubles = bad.length > 0 ? await outbox.failed(bad) : []
        failed = failed.slice(bad.length)
        for (const trouble of troubles) options.onTrouble(trouble)
        if (bad.length > 0) options.onRescheduled()
      } catch (error) {
        log.warn({ err: error, results: delivered.length + failed.length }, 'results are not recorded yet')
        await options.pause()
      }
    }
    writing = undefined
  }
  const note = () => {
    writing ??= write()
  }
  return {
    delivered(result) {
      delivered.push(result)
      note()
    },
    failed(result) {
      failed.push(result)
      note()
    },
    async recorded() {
      while (writing) await writing
    },
  }
}
