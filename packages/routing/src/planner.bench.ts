import { createPlanner, type Waits } from './planner.ts'
import { builtInPolicies } from './policies.ts'
import { route } from './route.ts'
import { makeOffer, makeRoute, seeded } from './testing/market.ts'

// Plans per second of processor time over 200 priced offers of 8 providers: node packages/routing/src/planner.bench.ts

const random = seeded()
const offers = Array.from({ length: 200 }, (_, i) =>
  makeOffer(`p${i % 8}/m${i}`, {
    usd: (0.003 + ((i * 37) % 200) / 1_000).toFixed(4),
    latencyMs: 1_000 + ((i * 53) % 200) * 40,
    configured: i % 10 !== 0,
  }),
)
const market = { offers, floors: {}, now: 0 }
const asked = makeRoute()
const newPlanner = () =>
  createPlanner({
    market: () => ({ version: 1, ...market }),
    offers: () => offers,
    policies: builtInPolicies,
    random,
  })

function perSecond(run: () => unknown, forMs = 2_000): number {
  const repeat = (until: number) => {
    let runs = 0
    for (; performance.now() < until; runs++) run()
    return runs
  }
  repeat(performance.now() + 500)
  const before = process.cpuUsage()
  const runs = repeat(performance.now() + forMs)
  const { user, system } = process.cpuUsage(before)
  return Math.round((runs * 1_000_000) / (user + system))
}

/** As the dispatcher does it: each job lengthens the line of the pool that it goes to. */
function dispatching(): () => void {
  const planner = newPlanner()
  const line = new Map(Array.from({ length: 8 }, (_, i) => [`p${i}`, 0]))
  let jobs = 0
  return () => {
    const provider = planner.plan(asked, waitsOf(line)).routed.choice!.provider
    line.set(provider, line.get(provider)! + 250)
    if (++jobs % 2_000 === 0) for (const id of line.keys()) line.set(id, Math.floor(random() * 40_000) * 250)
  }
}

/** The worst case: all queues are new each time. */
function churning(policy: string): () => void {
  const planner = newPlanner()
  const job = makeRoute({ policy })
  const line = new Map<string, number>()
  return () => {
    for (let i = 0; i < 8; i++) line.set(`p${i}`, Math.floor(random() * 400) * 250)
    planner.plan(job, waitsOf(line))
  }
}

function waitsOf(line: ReadonlyMap<string, number>): Waits {
  const byPool = new Map(line)
  return { key: [...byPool.values()].join(), of: (id) => byPool.get(id) ?? 0 }
}

console.table({
  'planner, as the dispatcher does it': perSecond(dispatching()),
  'planner, every queue changed': perSecond(churning('cheapest')),
  'planner, drawn': perSecond(churning('weighted')),
  'route, from nothing': perSecond(() => route(asked, market, builtInPolicies, random)),
})
