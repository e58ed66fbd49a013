import { AppError, type Component } from '@halftone/contracts'
import { type Checks, createLoop, type Logger, readiness } from '@halftone/service-kit'
import { unavailable } from './problem.ts'

export interface StoreWatch extends Component {
  /** Throws `unavailable` while a store is known to be gone, so that no work begins that cannot go on. */
  mustBeThere(): void
  /** One look, now. */
  look(): Promise<void>
}

/** Looks at every store once a second, because a request must not wait for a timeout to learn that one is gone. */
export function createStoreWatch(options: { checks: Checks; log: Logger }): StoreWatch {
  let gone: string[] = []
  const look = async () => {
    const { checks } = await readiness(options.checks)
    const now = Object.keys(checks).filter((name) => checks[name] !== 'ok')
    if (now.join() !== gone.join())
      options.log.warn({ gone: now }, now.length > 0 ? 'stores are gone' : 'stores are back')
    gone = now
  }
  const loop = createLoop({
    name: 'store watch',
    spacingMs: 200,
    beatMs: 1_000,
    log: options.log,
    async work() {
      await look()
      return undefined
    },
  })
  return {
    ...loop,
    look,
    mustBeThere() {
      if (gone.length > 0) throw unavailable(new AppError('unavailable', `gone: ${gone.join(', ')}`))
    },
  }
}
