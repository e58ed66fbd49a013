import { type RunTicket, ticketId } from '@halftone/contracts'
import { burstOf } from '@halftone/limits'
import { builtInPolicies, createPlanner } from '@halftone/routing'
import { Registry, silentLogger } from '@halftone/service-kit'
import { createJobPlans } from '../job-plans.ts'
import { createMetrics } from '../metrics.ts'
import type { Parts } from '../parts.ts'
import type { PoolRate } from '../pool-rate.ts'
import { createProbes } from '../probes.ts'
import { createFakeLedger } from './fake-ledger.ts'
import { createFakeMarket, type FakeModel } from './fake-market.ts'

/** The dispatcher's parts on fakes, with the real planner and policies, at a time that the test moves. */
export function createFixture(models: Parameters<typeof createFakeMarket>[0]) {
  const time = { now: Date.UTC(2026, 10, 22) }
  const clock = () => time.now
  const market = createFakeMarket(models)
  const fake = createFakeLedger(clock)
  const queue = createFakeQueue()
  const published: { name: string; message: unknown }[] = []
  const planner = createPlanner({
    market: () => ({ version: market.version, floors: {}, now: clock() }),
    offers: market.offers,
    policies: builtInPolicies,
    random: createDice(),
  })
  const view = () => ({ version: market.version, health: market.health(), pools: market.pools() })
  const parts: Parts = {
    ledger: fake.ledger,
    queue: queue.verbs,
    signals: { publish: async (name, message) => void published.push({ name, message }) },
    plans: createJobPlans({ planner, ledger: fake.ledger, clock }),
    probes: createProbes({ market: view, queue: queue.verbs, clock }),
    market: view,
    rates: () =>
      new Map(
        [...market.models].flatMap(([pool, model]) =>
          model.pool === 'active' ? [[pool, rateOf(model, time.now)] as const] : [],
        ),
      ),
    orphanMs: 600_000,
    clock,
    log: silentLogger,
    metrics: createMetrics(new Registry()),
  }
  return { ...fake, parts, planner, time, market, queue, published }
}

/** Chance that is the same in every run. */
function createDice(): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function rateOf(
  { perMinute, share, concurrent, p50Ms, p95Ms, stoppedUntil }: FakeModel,
  now: number,
): PoolRate {
  const perSecond = Math.min((perMinute * share) / 60, concurrent / (p50Ms / 1_000))
  const burst = burstOf({ requestsPerMinute: perMinute })
  return { concurrent, burst, perSecond, stoppedMs: Math.max(0, stoppedUntil - now), p50Ms, p95Ms }
}

/** Tickets by pool, oldest first; `running` ones count as depth and are not drained. */
function createFakeQueue() {
  const waiting = new Map<string, RunTicket[]>()
  const running = new Map<string, number>()
  const classify: unknown[] = []
  const of = (pool: string) => waiting.get(pool) ?? []
  const verbs: Parts['queue'] = {
    askToClassify: async (tickets) => void classify.push(...tickets),
    askToRun: async (pool, tickets) => void waiting.set(pool, [...of(pool), ...tickets]),
    depth: async (pools) => new Map(pools.map((pool) => [pool, of(pool).length + (running.get(pool) ?? 0)])),
    holds: async (pool) => new Set(of(pool).map(({ job, gen }) => ticketId(job, gen))),
    async drain(pool) {
      const tickets = of(pool)
      waiting.delete(pool)
      return tickets
    },
  }
  return { verbs, waiting, running, classify, of }
}
