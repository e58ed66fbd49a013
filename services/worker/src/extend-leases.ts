import type { Attempts } from '@halftone/ledger'
import { createLoop, type Logger, type Loop } from '@halftone/service-kit'
import type { LiveCalls } from './live-calls.ts'
import type { Settings } from './settings.ts'

/**
 * Keeps the leases of this process's live attempts: asked for three times as often as they run out, so that two
 * failures in a row lose none. A lost one costs nothing by itself: whoever takes over asks before it pays.
 */
export function createLeaseExtender(options: {
  attempts: Pick<Attempts, 'extendLeases'>
  liveCalls: Pick<LiveCalls, 'count'>
  settings: Pick<Settings, 'owner' | 'leaseMs'>
  log: Logger
}): Loop {
  const { attempts, liveCalls, log } = options
  const { owner, leaseMs } = options.settings
  const everyMs = Math.floor(leaseMs / 3)
  return createLoop({
    name: 'extend leases',
    spacingMs: everyMs,
    beatMs: everyMs,
    log,
    async work() {
      if (liveCalls.count() > 0) await attempts.extendLeases(owner, leaseMs)
      return undefined
    },
  })
}
