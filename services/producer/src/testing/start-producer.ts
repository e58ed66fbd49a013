import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolderStore } from '@halftone/artifacts'
import { loadCatalogue } from '@halftone/catalogue'
import {
  type BookedRule,
  type ClassifyTicket,
  contentTypeGroups,
  contentTypes,
  type PriceRule,
  type Tag,
} from '@halftone/contracts'
import { createGuardedAgent } from '@halftone/egress'
import { createLedger, type Ledger } from '@halftone/ledger'
import { createTestDatabase } from '@halftone/ledger/testing'
import { createMarket } from '@halftone/market'
import { Registry, silentLogger } from '@halftone/service-kit'
import { inject } from 'vitest'
import type { App } from '../app.ts'
import { buildParts } from '../build-parts.ts'
import { buildServer } from '../server.ts'
import type { StoreWatch } from '../watch-stores.ts'
import { createFakeSignals, type FakeSignals } from './fake-signals.ts'

export interface TestProducer {
  app: App
  ledger: Ledger
  signals: FakeSignals
  /** Tickets that were relayed. */
  tickets: ClassifyTicket[]
  /** Jobs that were put straight before a worker. */
  runs: { pool: string; job: string }[]
  /** How many wait at a pool. */
  depths: Map<string, number>
  /** Two projects with a key each. */
  key: string
  otherKey: string
  projectId: string
  adminKey: string
  /** Stores that are "gone"; readiness and the watch see it. */
  gone: Set<string>
  stores: StoreWatch
  /** With this project's key. */
  post(url: string, payload: unknown, headers?: Record<string, string>): Promise<Answer>
  get(url: string): Promise<Answer>
  /** A rule of the catalogue. */
  ruleOf(ruleId: string): PriceRule
  /** Another amount for the first component of a rule, heard of by this process. */
  reprice(ruleId: string, amount: string): Promise<void>
  stop(): Promise<void>
}

export type Answer = Awaited<ReturnType<App['inject']>>

const adminKey = 'admin-key-of-this-test'

/** The whole producer on a real Postgres of its own and a real folder, with fake signals and a queue that remembers. */
export async function startProducer(options: {
  catalogue: 'reference' | 'current'
  /** Since when nobody confirmed a provider's prices. */
  pricesAgeMs?: Record<string, number>
  /** By provider id. */
  callbackSecrets?: Record<string, string>
  syncTimeoutMs?: number
  /** Networks where pictures may be fetched though they are private. */
  downloadsFrom?: string[]
}): Promise<TestProducer> {
  const database = await createTestDatabase(inject('postgresUrl'))
  const dir = await mkdtemp(join(tmpdir(), 'halftone-producer-'))
  const ledger = createLedger({ url: database.url, maxConnections: 4 })
  const catalogue = await loadCatalogue(options.catalogue)
  const signals = createFakeSignals()
  const tickets: ClassifyTicket[] = []
  const runs: TestProducer['runs'] = []
  const depths = new Map<string, number>()
  const gone = new Set<string>()
  const there = (name: string) => async () => {
    if (gone.has(name)) throw new Error(`${name} is gone`)
  }
  const store = createFolderStore({ dir })
  const rules: BookedRule[] = catalogue.rules.map((rule, i) => ({ version: i + 1, rule }))
  const book = { version: rules.length, rules }
  const market = createMarket({
    catalogue,
    simulated: true,
    loadPrices: async () => ({
      version: book.version,
      rules: [...book.rules],
      sources: Object.entries(options.pricesAgeMs ?? {}).map(([id, ageMs]) => ({ providers: [id], ageMs })),
    }),
    loadPools: () => ledger.pools.list(),
    loadQuality: () => ledger.quality.current(),
    signals,
    clock: Date.now,
    log: silentLogger,
  })
  await market.start()
  const egress = createGuardedAgent({
    allowCidrs: options.downloadsFrom ?? [],
    connectMs: 2_000,
    answerMs: 2_000,
    connectionsPerOrigin: 4,
  })
  const { parts, components } = buildParts({
    ledger,
    signals,
    store,
    market,
    queue: {
      async askToClassify(asked) {
        await there('redis')()
        tickets.push(...asked)
      },
      async askToRun(pool, asked) {
        await there('redis')()
        for (const { job } of asked) runs.push({ pool, job })
      },
      depth: async (pools) => new Map(pools.map((pool) => [pool, depths.get(pool) ?? 0])),
    },
    tagJob: tagByHint,
    configured: ['openai', 'replicate', 'stability'],
    simulated: true,
    publicUrl: 'http://127.0.0.1:8080',
    urlSecret: 'a secret for signed links',
    adminKey,
    callbacks: { secrets: options.callbackSecrets ?? {}, once: createFakeOnce() },
    limits: { replicate: { requests_per_minute: 300 } },
    quoteOverrunMax: 1_000_000_000n,
    syncTimeoutMs: options.syncTimeoutMs ?? 5_000,
    webhookAllowCidrs: ['127.0.0.0/8'],
    egress,
    checks: { postgres: there('postgres'), redis: there('redis') },
    registry: new Registry(),
    log: silentLogger,
    clock: Date.now,
    random: Math.random,
  })
  for (const component of components) await component.start()
  const app = await buildServer(parts)
  const { key, projectId } = await ledger.projects.createKey('tests')
  const { key: otherKey } = await ledger.projects.createKey('others')

  const authorization = `Bearer ${key}`
  return {
    app,
    ledger,
    signals,
    tickets,
    runs,
    depths,
    key,
    otherKey,
    projectId,
    adminKey,
    gone,
    stores: parts.stores,
    post: (url, payload, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
        headers: { authorization, 'content-type': 'application/json', ...headers },
      }),
    get: (url) => app.inject({ method: 'GET', url, headers: { authorization } }),
    ruleOf: (ruleId) => catalogue.rules.find((rule) => rule.id === ruleId)!,
    async reprice(ruleId, amount) {
      const version = ++book.version
      book.rules = book.rules.map((one) =>
        one.rule.id === ruleId ? { version, rule: withAmount(one.rule, amount) } : one,
      )
      const read = new Promise<void>((resolve) =>
        market.onChange((view) => view.priceVersion >= version && resolve()),
      )
      await signals.publish('price', {
        version,
        rule_id: ruleId,
        old_nano: null,
        new_nano: null,
        status: 'known',
        source: 'test',
        observed_at: null,
      })
      await read
    },
    async stop() {
      await app.close()
      for (const component of [...components, market]) await component.stop(Date.now() + 1_000)
      await Promise.all([ledger.stop(), egress.destroy()])
      await database.drop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function withAmount(rule: PriceRule, amount: string): PriceRule {
  return { ...rule, components: rule.components.map((part, i) => (i === 0 ? { ...part, amount } : part)) }
}

/** Certain of the hint; a prompt alone is an illustration. */
function tagByHint({ hint }: { hint: string | null }): Tag {
  const plausible = (hint && contentTypeGroups[hint]) || [
    contentTypes.find((label) => label === hint) ?? 'illustration',
  ]
  return { label: plausible[0]!, confidence: 1, source: hint ? 'hint' : 'rules', plausible }
}

function createFakeOnce(): { first(name: string): Promise<boolean> } {
  const seen = new Set<string>()
  return { first: async (name) => !seen.has(name) && seen.add(name).has(name) }
}
