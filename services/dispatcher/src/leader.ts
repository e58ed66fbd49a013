import type { Component } from '@halftone/contracts'
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
  log: Logger
  retryMs?: number
  watchMs?: number
}): Component {
  const { name, recovery, loops, onChange, log, retryMs = 2_000, watchMs = 250 } = options
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<void> = Promise.resolve()
  let lock: Awaited<ReturnType<typeof recovery.lead>> = null
  let stopped = false

  const again = (ms: number) => {
    if (stopped) return
    timer = setTimeout(() => {
      turn = look().catch((error: unknown) => {
        log.warn({ err: error }, 'could not ask for the lead')
        again(retryMs)
      })
    }, ms)
  }
  const look = async () => {
    if (lock && !lock.alive()) await retire(Date.now())
    if (!lock && !stopped) {
      lock = await recovery.lead(name)
      if (lock) {
        log.info('leads')
        onChange(true)
        for (const loop of loops) await loop.start()
      }
    }
    again(lock ? watchMs : retryMs)
  }
  const retire = async (deadline: number) => {
    const held = lock
    lock = null
    onChange(false)
    log.info('leads no more')
    await Promise.all(loops.map((loop) => loop.stop(deadline)))
    await held?.release()
  }
  return {
    name: `${name} leader`,
    async start() {
      stopped = false
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
