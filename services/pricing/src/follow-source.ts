import type { Component, Random, Signals } from '@halftone/contracts'
import type { PriceStore } from '@halftone/ledger'
import { createLoop, type Logger } from '@halftone/service-kit'
import { type Fault, guard, type Held, nothingHeld } from './guards.ts'
import { publishChanges } from './publish-changes.ts'
import { outranks, sameSource, sameTerms } from './rule-difference.ts'
import type { SourceMetrics } from './source-metrics.ts'
import type { PriceSource } from './sources/source.ts'

export interface FollowSourceOptions {
  source: PriceSource
  prices: Pick<PriceStore, 'current' | 'put' | 'sourceChecked'>
  signals: Pick<Signals, 'publish'>
  metrics: SourceMetrics
  random: Random
  log: Logger
}

const firstRetryMs = 500

/** Polls one source for as long as it lives; each change goes through the guards into the book and out as a signal. */
export function createFollowSource(options: FollowSourceOptions): Component {
  const { source } = options
  const poll = createPoll(options)
  return createLoop({
    name: `follow ${source.id}`,
    spacingMs: 0,
    beatMs: source.intervalMs,
    work: poll,
    log: options.log,
  })
}

/** One poll; answers how long to wait for the next. Never throws: the last good prices stay, and the next poll comes sooner. */
export function createPoll(options: FollowSourceOptions): () => Promise<number> {
  const { source, prices, metrics, random, log } = options
  let etag: string | null = null
  let held: Held = nothingHeld
  let misses = 0
  const toldFaults = new Set<string>()

  const refresh = async (): Promise<boolean> => {
    const answer = await source.poll(etag)
    if (answer.kind === 'unchanged') return false
    const { rules: book } = await prices.current()
    const booked = new Map(book.map(({ rule }) => [rule.id, rule]))
    const own = new Set(book.filter(({ rule }) => rule.source.id === source.id).map(({ rule }) => rule.id))
    const verdict = guard({ readings: answer.rules, booked, own, held })
    tell(verdict.faults)
    const fresh = verdict.accepted.filter((rule) => {
      const last = booked.get(rule.id)
      return !last || (outranks(rule, last) && !(sameSource(rule, last) && sameTerms(rule, last)))
    })
    const changes = fresh.length > 0 ? await prices.put(fresh) : []
    await publishChanges(changes, options.signals)
    held = verdict.held
    // what is held back must be said again in full: "unchanged" would leave it in the dark
    etag = verdict.faults.some(({ kind }) => kind === 'held') ? null : answer.etag
    return changes.length > 0
  }

  const tell = (faults: Fault[]) => {
    const keys = faults.map((fault) => JSON.stringify(fault))
    for (const [index, fault] of faults.entries()) {
      if (toldFaults.has(keys[index] ?? '')) continue
      log.warn({ source: source.id, ...fault }, 'a price was not believed; the last good one stays')
    }
    toldFaults.clear()
    for (const key of keys) toldFaults.add(key)
  }

  const retryMs = () => Math.min(source.intervalMs, firstRetryMs * 2 ** misses) * (0.5 + 0.5 * random())

  return async () => {
    try {
      const changed = await refresh()
      await prices.sourceChecked(source.id, { changed, error: null })
      misses = 0
      metrics.answered(source.id)
      return source.intervalMs * (0.9 + 0.1 * random())
    } catch (error) {
      misses += 1
      metrics.missed(source.id)
      const reason = error instanceof Error ? error.message : 'failed'
      log.warn({ err: error, source: source.id, misses }, 'a price source was not read')
      await prices.sourceChecked(source.id, { changed: false, error: reason }).catch(() => {})
      return retryMs()
    }
  }
}
