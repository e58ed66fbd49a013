import { type BulkAnswer, type JobAnswer, parseUsd, toUsd } from '@halftone/contracts'

/** The simulator's books: what each request really cost, by its own arithmetic. */
export interface Books {
  entries: { provider: string; attempt_id: string | null; nano: number }[]
  total_nano: number
}

/** `demo --json`, as agreed. */
export interface Report {
  jobs: { submitted: number; succeeded: number; failed: number; expired: number; canceled: number }
  cost_usd: string
  baseline_usd: string | null
  baseline_model: string | null
  savings_usd: string | null
  by_provider: Record<string, { jobs: number; cost_usd: string }>
  by_content_type: Record<string, { jobs: number; cost_usd: string }>
  webhooks: { expected: number; verified: number }
  books: {
    ledger_nano: number
    simulator_nano: number
    unknown: { count: number; held_nano: number; paid_nano: number }
    equal: boolean
  }
  /** With `--batch`: what went through lots, beside what the same lines cost at the same models without waiting. */
  batch?: { lots: number; jobs: number; live_usd: string; paid_usd: string }
  reroutes: number
  price_changes_seen: number
  seconds: number
}

/** Adds it all up: our answers on one side, the simulator's books on the other. */
export function tally(input: {
  bulk: BulkAnswer
  jobs: JobAnswer[]
  books: Books
  unknownHeldNano: bigint
  webhooks: { expected: number; verified: number }
  priceChangesSeen: number
  seconds: number
  batch: boolean
}): Report {
  const { bulk, jobs, books } = input
  const attempts = jobs.flatMap((job) => job.attempts)
  const paid = attempts.filter(({ state }) => state === 'settled' || state === 'resolved')
  const ledger = paid.reduce((sum, attempt) => sum + parseUsd(attempt.cost_usd ?? '0'), 0n)
  const unknownIds = new Set(attempts.filter(({ state }) => state === 'unknown').map(({ id }) => id))
  const unknownPaid = books.entries
    .filter(({ attempt_id }) => attempt_id !== null && unknownIds.has(attempt_id))
    .reduce((sum, entry) => sum + entry.nano, 0)
  const cost = parseUsd(bulk.cost_usd)
  const baseline = bulk.baseline_usd === null ? null : parseUsd(bulk.baseline_usd)
  const count = (status: string) => jobs.filter((job) => job.status === status).length
  return {
    jobs: {
      submitted: jobs.length,
      succeeded: count('succeeded'),
      failed: count('failed'),
      expired: count('expired'),
      canceled: count('canceled'),
    },
    cost_usd: bulk.cost_usd,
    baseline_usd: bulk.baseline_usd,
    baseline_model: bulk.baseline_model,
    savings_usd: baseline === null ? null : toUsd(baseline - cost),
    by_provider: group(jobs, (job) => job.provider),
    by_content_type: group(jobs, (job) => job.content_type?.label ?? 'unknown'),
    webhooks: input.webhooks,
    books: {
      ledger_nano: Number(ledger),
      simulator_nano: books.total_nano,
      unknown: { count: unknownIds.size, held_nano: Number(input.unknownHeldNano), paid_nano: unknownPaid },
      equal: Number(ledger) + unknownPaid === books.total_nano && ledger === cost,
    },
    ...(input.batch ? { batch: lotsOf(attempts) } : {}),
    reroutes: jobs.filter(wasRerouted).length,
    price_changes_seen: input.priceChangesSeen,
    seconds: input.seconds,
  }
}

function lotsOf(attempts: readonly JobAnswer['attempts'][number][]): NonNullable<Report['batch']> {
  const lines = attempts.filter(({ lot_id }) => lot_id !== undefined)
  const paid = lines.filter(({ state, live_usd }) => state === 'settled' && live_usd !== undefined)
  const sum = (amounts: (string | null | undefined)[]) =>
    toUsd(amounts.reduce((total, amount) => total + parseUsd(amount ?? '0'), 0n))
  return {
    lots: new Set(lines.map(({ lot_id }) => lot_id)).size,
    jobs: paid.length,
    live_usd: sum(paid.map(({ live_usd }) => live_usd)),
    paid_usd: sum(paid.map(({ cost_usd }) => cost_usd)),
  }
}

/** It was tried at more than one place, or its winner was out and its kind was spread over the rest. */
function wasRerouted(job: JobAnswer): boolean {
  const places = new Set(job.attempts.map(({ provider, model }) => `${provider}/${model}`))
  return places.size > 1 || /displaced from /.test(job.why?.summary ?? '')
}

function group(jobs: JobAnswer[], keyOf: (job: JobAnswer) => string | null): Report['by_provider'] {
  const groups = Map.groupBy(jobs, (job) => keyOf(job) ?? 'none')
  return Object.fromEntries(
    [...groups]
      .map(([key, list]) => {
        const cost = list.reduce((sum, job) => sum + parseUsd(job.cost_usd ?? '0'), 0n)
        return [key, { jobs: list.length, cost_usd: toUsd(cost) }] as const
      })
      .sort((a, b) => b[1].jobs - a[1].jobs),
  )
}
