import type { Component, Outcome, ProbeResult, Signal, Signals } from '@halftone/contracts'
import type { Finished } from '@halftone/ledger'
import { createLoop, type Logger } from '@halftone/service-kit'

const outcomesEveryMs = 100
const wakesEveryMs = 20
const beatMs = 60_000

/** Tells the other services what happened here; in batches, as hints that may be lost. */
export interface Reports {
  outcome(outcome: Outcome): void
  /** What a free call showed. */
  probe(result: ProbeResult): void
  /** An attempt was finished, or a job went back: there is room, and maybe an event to deliver. */
  finished(finished: Exclude<Finished, { kind: 'late' }>): void
}

export function createReports(options: { signals: Signals; log: Logger }): Reports & Component {
  const { signals, log } = options
  let outcomes: Outcome[] = []
  let ended: Signal<'ended'> = []
  let dispatch = false
  let outbox = false

  const tellOutcomes = async () => {
    const told = outcomes
    outcomes = []
    if (told.length > 0) await signals.publish('outcomes', told)
    return undefined
  }
  const tellEnds = async () => {
    const [told, room, mail] = [ended, dispatch, outbox]
    ended = []
    dispatch = false
    outbox = false
    await Promise.all([
      told.length > 0 && signals.publish('ended', told),
      mail && signals.publish('outbox', {}),
      room && signals.publish('dispatch', {}),
    ])
    return undefined
  }
  const loop = (name: string, spacingMs: number, work: () => Promise<undefined>) =>
    createLoop({ name, spacingMs, beatMs, work, log })
  const outcomeLoop = loop('report outcomes', outcomesEveryMs, tellOutcomes)
  const endLoop = loop('report ends', wakesEveryMs, tellEnds)

  return {
    name: 'reports',
    async start() {
      await Promise.all([outcomeLoop.start(), endLoop.start()])
    },
    async stop(deadline) {
      await Promise.all([outcomeLoop.stop(deadline), endLoop.stop(deadline)])
      await Promise.all([tellOutcomes(), tellEnds()])
    },
    outcome(outcome) {
      outcomes.push(outcome)
      outcomeLoop.wake()
    },
    probe: (result) => void signals.publish('probe', result),
    finished(finished) {
      if (finished.kind !== 'returned') {
        outbox = true
        if (finished.status !== null) ended.push({ job_id: finished.jobId, bulk_id: finished.bulkId })
      }
      dispatch = true
      endLoop.wake()
    },
  }
}
