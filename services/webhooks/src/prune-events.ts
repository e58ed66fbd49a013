import type { Component } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import { createLoop, type Logger } from '@halftone/service-kit'

const pruneMax = 5_000
const hourMs = 3_600_000

/** Forgets events that no stream goes on from any more and no endpoint may be missing. */
export function createPruneEvents(options: {
  events: Pick<Ledger['events'], 'prune'>
  keepMs: number
  log: Logger
}): Component {
  return createLoop({
    name: 'prune events',
    spacingMs: 1_000,
    beatMs: hourMs,
    work: async () => ((await options.events.prune(options.keepMs, pruneMax)) < pruneMax ? undefined : 0),
    log: options.log,
  })
}
