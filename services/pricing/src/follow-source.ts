import { createHash } from 'node:crypto'
import type { Catalogue, Clock, Component, PriceRule, Random, Signals } from '@halftone/contracts'
import type { PriceStore } from '@halftone/ledger'
import { createLoop, type Logger } from '@halftone/service-kit'
import { publishChanges } from './publish-changes.ts'
import type { SourceMetrics } from './source-metrics.ts'
import type { PriceSource, Refresh } from './sources/source.ts'
import { createTakeReadings } from './take-readings.ts'
import { tellEvents } from './tell-events.ts'

export interface FollowSourceOptions {
  source: PriceSource
  catalogue: Catalogue
  prices: Pick<PriceStore, 'current' | 'put' | 'sourceChecked' | 'quarantine' | 'events' | 'sources'>
  signals: Pick<Signals, 'publish'>
  metrics: SourceMetrics
  now: Clock
  random: Random
  log: Logger
}

const firstRetryMs = 500
const staleAfterMisses = 3
/** How often a feed that has no news is judged again. */
const judgeAgainMs = 60_000

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
  const { source, prices, metrics, random, now, log } = options
  const takeReadings = createTakeReadings(options)
  let etag: string | null = null
  let last: Extract<Refresh, { kind: 'rules' }> | null = null
  let misses = 0
  let judgedAt = 0
  let answeredAt = now()

  const refresh = async (): Promise<{ changed: boolean; digest: string | null; raced: boolean }> => {
    const answer = await source.poll(last && etag)
    const news = answer.kind === 'rules' ? { ...answer, rules: oncePerId(answer.rules) } : null
    const readings = news ?? last
    if (!readings) throw new Error('the source says that nothing changed, and was not read before')
    // what is old is judged again too, now and then: a day may be over, or the operator have changed the book
    if (!news && now() - judgedAt < judgeAgainMs) return { changed: false, digest: null, raced: false }
    const { changes, held, raced } = await takeReadings(readings)
    await publishChanges(changes, options.signals)
    if (news) etag = news.etag
    // what is held back must be said again in full: "unchanged" would leave it in the dark
    if (held) etag = null
    last = readings
    judgedAt = raced ? 0 : now()
    return { changed: changes.length > 0, digest: news && digestOf(news.rules), raced }
  }

  const tellStale = async (reason: string, since: Date) => {
    const key = `${source.id} ${since.toISOString()}`
    const detail = { source: source.id, providers: source.providers, reason, since }
    await tellEvents([{ kind: 'price.stale', key, detail }], options)
  }

  /** A feed that answers for ever and never changes is as good as none. */
  const checkFrozen = async () => {
    const { frozenAfterMs } = source
    if (!frozenAfterMs) return false
    const since = (await prices.sources.list()).find(({ id }) => id === source.id)?.sameSince
    if (!since || now() - since.getTime() < frozenAfterMs) return false
    await tellStale(`says the same since ${since.toISOString().slice(0, 10)}`, since)
    return true
  }

  const miss = async (error: unknown) => {
    misses += 1
    metrics.missed(source.id)
    const reason = error instanceof Error ? error.message : 'failed'
    log.warn({ err: error, source: source.id, misses }, 'a price source was not read')
    await prices.sourceChecked(source.id, { changed: false, error: reason })
    if (misses >= staleAfterMisses) await tellStale(reason, new Date(answeredAt))
  }

  return async () => {
    try {
      const { changed, digest, raced } = await refresh()
      await prices.sourceChecked(source.id, { changed, error: null, digest })
      misses = 0
      answeredAt = now()
      metrics.answered(source.id, await checkFrozen())
      return (raced ? Math.min(firstRetryMs, source.intervalMs) : source.intervalMs) * (0.9 + 0.1 * random())
    } catch (error) {
      // the ledger itself may be what fails
      await miss(error).catch(() => {})
      return Math.min(source.intervalMs, firstRetryMs * 2 ** misses) * (0.5 + 0.5 * random())
    }
  }
}

/** A feed that says two prices of one thing says none of the second. */
function oncePerId(rules: readonly PriceRule[]): PriceRule[] {
  return [...new Map(rules.toReversed().map((rule) => [rule.id, rule])).values()].reverse()
}

function digestOf(rules: readonly PriceRule[]): string {
  const said = rules.map(({ observed_at: _, ...rule }) => rule)
  return createHash('sha256').update(JSON.stringify(said)).digest('hex')
}
