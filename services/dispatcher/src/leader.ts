import type { Component, Signals } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import type { Logger } from '@halftone/service-kit'

/**
 * Runs `loops` in one process at a time: whoever has the lock. A follower tries again and again; a leader that loses
 * the lock stops at once. Two at the same moment would only waste work, since every verb of the ledger is guarded.
 */
export function createLeader(options: {
  name: string
  recovery: Pick<Ledger['recovery'], 'lead'>
  loops: readonly Component[]
  onChange(leading: boolean): void
  /** Tells the others that the lead is free, and hears it from them. Hints: they look by themselves too. */
  signals: Pick<Signals, 'publish' | 'subscribe'>
  log: Logger
  retryMs?: number
  watchMs?: number
}): Component {
  const { name, recovery, loops, onChange, signals, log, retryMs = 2_000, watchMs = 250 } = options
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<void> = Promise.resolve()
  let lock: Awaited<ReturnType<typeof recovery.lead>> = null
  let stopped = false
  let looking = false
  let hurried = false

  const again = (ms: number) => {
    if (stopped) return
    timer = setTimeout(() => {
      looking = true
      turn = look()
        .catch((error: unknown) => {
          log.warn({ err: error }, 'could not ask for the lead')
          return retryMs
        })
        .then((nextMs) => {
          looking = false
          again(hurried ? 0 : nextMs)
          hurried = false
        })
    }, ms)
  }
  const look = async (): Promise<number> => {
    if (lock && !lock.alive()) await retire(Date.now())
    if (!lock && !stopped) {
      lock = await recovery.lead(name)
      if (lock) {
        log.info('leads')
        onChange(true)
        for (const loop of loops) await loop.start()
      }
    }
    return lock ? watchMs : retryMs
  }
  const retire = async (deadline: number) => {
    const held = lock
    lock = null
    onChange(false)
    log.info('leads no more')
    await Promise.all(loops.map((loop) => loop.stop(deadline)))
    await held?.release()
    await signals.publish('lead', {})
  }
  /** Somebody retired: no need to wait for the next try. */
  const hurry = () => {
    if (lock) return
    hurried = looking
    if (looking) return
    clearTimeout(timer)
    again(0)
  }
  return {
    name: `${name} leader`,
    async start() {
      stopped = false
      await signals.subscribe('lead', hurry)
      again(0)
    },
    async stop(deadline) {
      stopped = true
      clearTimeout(timer)
      await turn
      if (lock) await retire(deadline)
    },
  }
}
