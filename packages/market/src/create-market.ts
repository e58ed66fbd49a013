import { isDeepStrictEqual } from 'node:util'
import {
  type BookedRule,
  type Catalogue,
  type Clock,
  type Component,
  type HealthSnapshot,
  modelKey,
  type PoolState,
  type QualityBook,
  type Signals,
} from '@halftone/contracts'
import { applyQuality, nothingMeasured } from './apply-quality.ts'
import type { Market, MarketPart, MarketView } from './market.ts'

export interface MarketOptions {
  catalogue: Catalogue
  /** Whether this system buys simulated pictures. A real one never goes by a simulator's prices: they are unknown to it. */
  simulated: boolean
  /** All current rules, from the truth. */
  loadPrices(): Promise<{
    version: number
    rules: BookedRule[]
    /** Since a source that sets these providers' prices last answered. */
    sources?: readonly { providers: readonly string[]; ageMs: number }[]
  }>
  /** What the operator said of pools. Left out: all work. */
  loadPools?(): Promise<readonly { pool: string; state: PoolState }[]>
  /** What was measured, and the floors that were set. Left out: the catalogue's priors hold. */
  loadQuality?(): Promise<QualityBook>
  /** A provider whose prices are older than this is not chosen. */
  pricesMaxAgeMs?: number
  signals: Pick<Signals, 'subscribe'>
  /** The slow beat at which prices are read again, whatever was or was not heard. */
  refreshMs?: number
  clock: Clock
  log: { warn(detail: object, message: string): void }
}

type Handler = Parameters<Market['onChange']>[0]

/** Changes that come together are read together. */
const coalesceMs = 20
const retryMs = 1_000
/** While some prices are too old they are looked at more often: they are back as soon as their source answers. */
const staleRetryMs = 5_000
const pricesMaxAgeMsDefault = 3 * 3_600_000

/** Where a simulator's readings come from, as their rules say. */
const simulatorSource = 'simulator'

/**
 * The live view of this process. `start` subscribes first and then loads, so that nothing falls between, and fails if
 * the load does. From then on a failed load keeps the last view (`pricesAsOf` tells its age) and is tried again.
 */
export function createMarket(options: MarketOptions): Market & Component {
  const { signals, refreshMs = 30_000, pricesMaxAgeMs = pricesMaxAgeMsDefault, clock, log } = options
  const handlers: Handler[] = []
  let view = emptyView(options.catalogue)
  let healthVersion = -1
  /** By provider, epoch ms; the others are as fresh as the last load. */
  let sourcesAsOf = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null
  let beat: NodeJS.Timeout | null = null
  let loading: Promise<void> | null = null
  let askedAgain = false
  let stopped = false

  function change(what: MarketPart, changed: Partial<MarketView>): void {
    view = { ...view, ...changed, version: view.version + 1 }
    for (const handler of handlers) handler(view, what)
  }

  async function load(): Promise<void> {
    const asOf = clock()
    const [{ version, rules, sources = [] }, pools, quality] = await Promise.all([
      options.loadPrices(),
      options.loadPools?.() ?? [],
      options.loadQuality?.() ?? nothingMeasured,
    ])
    takePools(pools)
    takeQuality(quality)
    if (stopped || version < view.priceVersion) return
    sourcesAsOf = new Map(
      sources.flatMap(({ providers, ageMs }) => providers.map((id) => [id, asOf - ageMs] as const)),
    )
    const news = version > view.priceVersion
    view = { ...view, pricesAsOf: asOf }
    const staleProviders = stale()
    if (news)
      change('prices', { priceVersion: version, rules: byModel(rules, options.simulated), staleProviders })
    else checkAges()
  }

  function takePools(rows: readonly { pool: string; state: PoolState }[]): void {
    const pools = new Map(
      rows.flatMap(({ pool, state }) => (state === 'active' ? [] : [[pool, state] as const])),
    )
    if (!stopped && !isDeepStrictEqual(pools, view.pools)) change('pools', { pools })
  }

  function takeQuality(quality: QualityBook): void {
    if (!stopped && !isDeepStrictEqual(quality, view.quality))
      change('quality', applyQuality(options.catalogue, quality))
  }

  function stale(): Map<string, number> {
    const asOf = [...view.providers.keys()].map((id) => {
      const own = sourcesAsOf.get(id)
      return [id, own === undefined ? view.pricesAsOf : Math.min(own, view.pricesAsOf)] as const
    })
    return new Map(asOf.filter(([, at]) => clock() - at > pricesMaxAgeMs))
  }

  /** Time alone makes prices old, and plans made by them void. */
  function checkAges(): void {
    const staleProviders = stale()
    const known = view.staleProviders ?? new Map()
    const news = known.size !== staleProviders.size || [...staleProviders.keys()].some((id) => !known.has(id))
    if (news) change('prices', { staleProviders })
    else view = { ...view, staleProviders }
  }

  /** At most one load at a time; whatever asks during one is served by the next. */
  function reload(delayMs: number): void {
    if (stopped) return
    if (loading) askedAgain = true
    else timer ??= setTimeout(runLoad, delayMs)
  }

  function runLoad(): void {
    timer = null
    let nextMs = coalesceMs
    loading = load()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'prices could not be read; the last ones stay')
        askedAgain = true
        nextMs = retryMs
      })
      .then(() => {
        loading = null
        if (askedAgain) reload(nextMs)
        else if (view.staleProviders?.size) reload(staleRetryMs)
        askedAgain = false
      })
  }

  function takeHealth(snapshot: HealthSnapshot): void {
    if (stopped || snapshot.version <= healthVersion) return
    healthVersion = snapshot.version
    const probes = new Map(snapshot.probes?.map((probe) => [probe.provider, probe]))
    view = { ...view, probes }
    const health = new Map(snapshot.models.map((model) => [modelKey(model), model]))
    // Snapshots also come at a slow beat: only news may void the plans that were made.
    if (!isDeepStrictEqual(health, view.health)) change('health', { health })
  }

  return {
    name: 'market',
    async start() {
      const gap = () => reload(coalesceMs)
      // A gap in versions needs no case of its own: every change is read from the truth, with all that came before it.
      await signals.subscribe(
        'price',
        ({ version }) => version > view.priceVersion && reload(coalesceMs),
        gap,
      )
      await signals.subscribe('health', takeHealth, gap)
      await signals.subscribe('pools', gap)
      await signals.subscribe('quality', gap)
      await load()
      beat = setInterval(() => {
        checkAges()
        reload(0)
      }, refreshMs)
      if (view.staleProviders?.size) reload(staleRetryMs)
    },
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      if (beat) clearInterval(beat)
      await loading
    },
    view: () => view,
    onChange: (handler) => void handlers.push(handler),
  }
}

function emptyView(catalogue: Catalogue): MarketView {
  return {
    version: 0,
    priceVersion: -1,
    pricesAsOf: 0,
    staleProviders: new Map(),
    providers: new Map(catalogue.providers.map((provider) => [provider.id, provider])),
    pools: new Map(),
    models: catalogue.models,
    rules: new Map(),
    health: new Map(),
    floors: catalogue.floors,
    quality: nothingMeasured,
  }
}

function byModel(booked: BookedRule[], simulated: boolean): Map<string, BookedRule[]> {
  const usable = simulated ? booked : booked.filter(({ rule }) => rule.source.id !== simulatorSource)
  return Map.groupBy(usable, ({ rule }) => modelKey(rule))
}
