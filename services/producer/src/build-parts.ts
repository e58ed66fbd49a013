import type { ArtifactStore } from '@halftone/artifacts'
import { signContentUrl } from '@halftone/artifacts/content-url'
import {
  type BatchTerms,
  type Clock,
  type Component,
  type LimitOverrides,
  limitsOf,
  type Nano,
  type PriceOf,
  type ProviderLimits,
  type Random,
  type Signals,
  type Tag,
} from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import { buildOffers, type Market, type MarketView } from '@halftone/market'
import { createPricer } from '@halftone/price-book'
import type { Queue } from '@halftone/queue'
import { builtInPolicies, createPlanner } from '@halftone/routing'
import type { Checks, Logger, Registry } from '@halftone/service-kit'
import type { Dispatcher } from 'undici'
import { createUrlCheck, createWebhookCheck } from './accept/check-webhook.ts'
import { createPictureFetch } from './accept/fetch-picture.ts'
import { createJobPlanner } from './accept/plan-job.ts'
import { createAuthenticator } from './auth.ts'
import { createEventStreams } from './event-streams.ts'
import { createExpressLane } from './express-lane.ts'
import { createIdempotencyGate } from './idempotency.ts'
import { meterOverruns } from './meter-overruns.ts'
import { meterUnknown } from './meter-unknown.ts'
import { createUndelivered } from './openai/undelivered.ts'
import { createPartialWatch } from './openai/watch-partials.ts'
import { createBatchKeeper } from './openai-batch/batch-keeper.ts'
import type { ProducerParts } from './parts.ts'
import { createTicketRelay } from './relay-tickets.ts'
import { createCancelTeller } from './tell-canceled.ts'
import { createJobWaits } from './wait-for-jobs.ts'
import { createStoreWatch } from './watch-stores.ts'

export interface PartsOptions {
  ledger: Ledger
  queue: Pick<Queue, 'askToClassify' | 'askToRun' | 'depth'>
  signals: Signals
  store: ArtifactStore
  market: Pick<Market, 'view'>
  tagJob(job: { prompt: string; hint: string | null }): Tag
  configured: readonly string[]
  /** Absent: nobody's batch tier is used. */
  batch?: BatchTerms
  simulated: boolean
  publicUrl: string
  urlSecret: string
  adminKey: string
  callbacks: ProducerParts['callbacks']
  limits: LimitOverrides
  /** The most that the operator pays for one job beyond its quote. */
  quoteOverrunMax: Nano
  /** How long an OpenAI-compatible call is held open. */
  syncTimeoutMs: number
  webhookAllowCidrs: readonly string[]
  webhookDenyCidrs?: readonly string[]
  webhookVerifiedOnly?: boolean
  /** The guard on the way to pictures that callers name by URL. */
  egress: Dispatcher
  checks: Checks
  registry: Registry
  log: Logger
  clock: Clock
  random: Random
}

const fetchTimeoutMs = 15_000
const linkMs = 24 * 3_600_000
const day: BatchTerms = { hourMs: 3_600_000, reserveMs: 0 }
const hourMs = 3_600_000

/** Wires the producer from its ports; the components are started before it listens. */
export function buildParts(options: PartsOptions): { parts: ProducerParts; components: Component[] } {
  const { ledger, signals, store, market, log, clock, urlSecret } = options
  const configured = new Set(options.configured)
  const priceOf = createLivePrices(() => market.view(), clock)
  const planner = (healthy: boolean) =>
    createPlanner({
      market: () => ({ ...market.view(), now: clock() }),
      offers: (request, plausible, waits) => {
        const offers = buildOffers(
          market.view(),
          priceOf,
          request,
          plausible,
          waits,
          configured,
          options.batch,
        )
        // what passes: an outage, a pause, and prices that nobody confirms for now
        const well = {
          breaker: 'closed',
          health: 1,
          pricesStaleSince: undefined,
          poolState: undefined,
        } as const
        return healthy ? offers.map((offer) => ({ ...offer, ...well })) : offers
      },
      policies: builtInPolicies,
      random: options.random,
    })
  const live = planner(false)
  const floorsOf = (projectId: string) => market.view().projectFloors?.get(projectId)
  const relay = createTicketRelay({ queue: options.queue, log })
  const waits = createJobWaits({ jobs: ledger.jobs, signals })
  const streams = createEventStreams({ signals, log })
  const partials = createPartialWatch(signals)
  const stores = createStoreWatch({ checks: options.checks, log })
  const checkUrl = createUrlCheck({
    allowCidrs: options.webhookAllowCidrs,
    denyCidrs: options.webhookDenyCidrs,
  })
  const accept: ProducerParts['accept'] = {
    ledger,
    store,
    relay,
    clock,
    fetchPicture: createPictureFetch({ agent: options.egress, timeoutMs: fetchTimeoutMs }),
    publicUrl: options.publicUrl,
    overrunMax: options.quoteOverrunMax,
    jobs: ledger.jobs,
    planner: createJobPlanner({
      models: () => market.view().models,
      live,
      healthy: planner(true),
      floorsOf,
    }),
    tagOf: (prompt, hint) => options.tagJob({ prompt, hint: hint ?? null }),
    checkWebhook: createWebhookCheck({
      checkUrl,
      verifiedOnly: options.webhookVerifiedOnly ?? false,
      endpoints: ledger.endpoints,
      clock,
    }),
    rateOf: (provider) => rateOf(market.view(), options.limits, provider),
    links: {
      simulated: options.simulated,
      // to the full hour: the same answer twice has the same links, and caches can work
      contentUrl: (fileId) => {
        const expiresAt = new Date(Math.ceil((clock() + linkMs) / hourMs) * hourMs)
        return signContentUrl({ baseUrl: options.publicUrl, secret: urlSecret, fileId, expiresAt })
      },
    },
  }
  const parts: ProducerParts = {
    ledger,
    store,
    market,
    signals,
    priceOf,
    configured,
    accept,
    quote: {
      ...accept,
      priceOf,
      models: () => market.view().models,
      priceVersion: () => market.view().priceVersion,
    },
    express: createExpressLane({
      ...{ ledger, queue: options.queue, planner: live, relay, signals, clock, log },
      rateOf: accept.rateOf,
      floorsOf,
    }),
    auth: createAuthenticator({ projects: ledger.projects, adminKey: options.adminKey, clock }),
    idempotency: createIdempotencyGate(ledger.accept),
    canceled: createCancelTeller(signals),
    waits,
    streams,
    stores,
    partials,
    undelivered: createUndelivered(clock),
    syncTimeoutMs: options.syncTimeoutMs,
    batches: { wake: () => keeper.wake() },
    batchWindowMs: batchWindowMs(options.batch),
    publicUrl: options.publicUrl,
    urlSecret,
    checkUrl,
    callbacks: options.callbacks,
    clock,
    checks: options.checks,
    registry: options.registry,
    log,
  }
  const keeper = createBatchKeeper(parts)
  meterOverruns({ quotes: ledger.quotes, registry: options.registry, log })
  meterUnknown({ reconciliation: ledger.reconciliation, registry: options.registry, log })
  return { parts, components: [relay, waits, streams, partials, stores, keeper] }
}

/** A day, or what a lot with a day's window needs beside it, with the tenth of it that planning leaves unused. */
function batchWindowMs({ hourMs, reserveMs }: BatchTerms = day): number {
  return Math.ceil((24 * hourMs + reserveMs) * 1.2)
}

/** Prices by the newest rules. */
function createLivePrices(view: () => MarketView, clock: Clock): PriceOf {
  const pricer = createPricer(clock)
  return (spec, request, quality, batch) => pricer(view().rules)(spec, request, quality, batch)
}

function rateOf(view: MarketView, overrides: LimitOverrides, provider: string): ProviderLimits {
  const listed = view.providers.get(provider)
  if (!listed) return { requests_per_minute: 1, concurrent: 1 }
  return limitsOf(listed, overrides)
}
