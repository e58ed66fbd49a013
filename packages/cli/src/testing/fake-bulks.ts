import { bulkAcceptedSchema, type JobStatus, jobStatuses } from '@halftone/contracts'
import { type Answers, type Received, startFakeServer } from './fake-server.ts'

/** A server that takes bulks, once for each idempotency key; each look at one brings it to its end. */
export async function startFakeBulks(extra: Answers = {}) {
  const taken = new Map<string, { body: string; answer: ReturnType<typeof accepted> }>()
  const looks: Answers = {}
  const answers: Answers = {
    'GET /v1/jobs': { body: { data: [], next_cursor: null } },
    'POST /v1/quotes': ({ body }) => ({ body: quoted(JSON.parse(body).jobs.length) }),
    'POST /v1/bulk': (request) => ({ status: 202, body: take(request) }),
    ...extra,
  }
  const server = await startFakeServer(
    new Proxy(answers, { get: (all, name: string) => all[name] ?? looks[name] }),
  )
  function take({ idempotencyKey = '', body }: Received) {
    const before = taken.get(idempotencyKey)
    if (before && before.body !== body) throw new Error('another body under the same key')
    if (before) return before.answer
    const id = `bulk_${String(taken.size).padStart(32, '0')}`
    const jobs = body.trim().split('\n').length - 1
    taken.set(idempotencyKey, { body, answer: accepted(id, jobs) })
    let ended = 0
    looks[`GET /v1/bulk/${id}`] = () => {
      ended = Math.min(jobs, ended + Math.ceil(jobs / 2))
      return { body: bulkOf(id, { queued: jobs - ended, succeeded: ended }) }
    }
    return accepted(id, jobs)
  }
  return { ...server, taken }
}

export function bulkOf(id: string, counts: Partial<Record<JobStatus, number>>) {
  const jobs = Object.values(counts).reduce((all, count) => all + count, 0)
  return {
    id,
    status: counts.queued ? 'running' : 'completed',
    counts: { ...Object.fromEntries(jobStatuses.map((status) => [status, 0])), ...counts },
    cost_usd: ((counts.succeeded ?? 0) * 0.03).toFixed(2),
    reserved_usd: '0',
    baseline_usd: (jobs * 0.04).toFixed(2),
    baseline_model: 'openai/dear',
    retry_of: null,
    expected_finish: null,
    created_at: '2026-11-22T11:00:00Z',
    finished_at: null,
    metadata: {},
  }
}

function accepted(id: string, jobs: number) {
  return bulkAcceptedSchema.parse({
    ...{ id, accepted: jobs, rejected: [], reserved_usd: '1', expected_usd: '0.5' },
    expected_finish: '2026-11-22T13:00:00Z',
  })
}

function quoted(jobs: number) {
  return {
    ...{ id: 'quote_1', expires_at: '2026-11-23T12:00:00Z', jobs, total_usd: '0.5', rejected: [], mix: [] },
    expected_finish: '2026-11-22T13:00:00Z',
  }
}
