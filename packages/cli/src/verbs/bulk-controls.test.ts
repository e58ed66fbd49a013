import { afterEach, expect, test } from 'vitest'
import { bulkOf } from '../testing/fake-bulks.ts'
import { type Answers, startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
async function serve(answers: Answers) {
  const server = await startFakeServer(answers)
  closing.push(server.close)
  return {
    ...server,
    halftone: (...args: string[]) => run(args, { env: { HALFTONE_API: server.url, HALFTONE_KEY: 'k' } }),
  }
}

test('a bulk is paused, resumed, rescheduled, canceled and retried, and each says how things stand', async () => {
  const bulk = bulkOf('bulk_1', { queued: 3, succeeded: 1, canceled: 2 })
  const retried = {
    ...{ id: 'bulk_2', accepted: 2, rejected: [], reserved_usd: '1', expected_usd: '0.06' },
    ...{ expected_finish: '2026-11-22T13:00:00Z', retry_of: 'bulk_1', skipped: { retried: 1, unknown: 0 } },
  }
  const { halftone, received } = await serve({
    'POST /v1/bulk/bulk_1/pause': { body: { ...bulk, status: 'paused' } },
    'POST /v1/bulk/bulk_1/resume': { body: bulk },
    'PATCH /v1/bulk/bulk_1': { body: bulk },
    'POST /v1/bulk/bulk_1/cancel': { body: bulk },
    'POST /v1/bulk/bulk_1/retry-failed': { body: retried, status: 202 },
  })
  expect((await halftone('pause', 'bulk_1')).out).toContain('3 jobs wait until "halftone resume bulk_1"')
  expect((await halftone('resume', 'bulk_1')).out).toContain('running: 3 jobs to go')
  await halftone('reschedule', 'bulk_1', '--priority', '0', '--deadline', '8h')
  expect(JSON.parse(received.at(-1)?.body ?? '')).toEqual({
    priority: 0,
    deadline: '2026-11-22T20:00:00.000Z',
  })
  expect((await halftone('cancel', 'bulk_1')).out).toContain('2 jobs given up, $0.03 spent')
  expect((await halftone('retry-failed', 'bulk_1', '--status', 'failed', '--budget', '2')).out).toMatch(
    /2 jobs in bulk_2, about \$0\.06\n.*1 job asked for again before\n.*halftone watch bulk_2/,
  )
  expect(JSON.parse(received.at(-1)?.body ?? '')).toEqual({
    statuses: ['failed'],
    budget: { max_cost_usd: '2' },
  })
  expect((await halftone('reschedule', 'bulk_1', '--deadline', '2020-01-01')).code).toBe(2)
  expect((await halftone('pause', 'bulk_9')).code).toBe(1)
})

test('usage is told by what was asked for, with the whole beneath, and a loss is no saving', async () => {
  const sums = {
    jobs: 2,
    succeeded: 2,
    images: 2,
    baseline_usd: '0.08',
    affinity_savings_usd: '0.03',
    unknown_held_usd: '0',
  }
  const { halftone, received } = await serve({
    'GET /v1/usage': {
      body: {
        ...{ from: '2026-11-01T00:00:00Z', to: '2026-11-22T00:00:00Z', group_by: ['provider', 'day'] },
        simulated: true,
        data: [
          { provider: 'openai', day: '2026-11-20', ...sums, cost_usd: '0.1', savings_usd: '-0.02' },
          { provider: null, day: '2026-11-21', ...sums, cost_usd: '0', savings_usd: '0' },
        ],
        total: { ...sums, jobs: 1_234, cost_usd: '0.1', savings_usd: '-0.02', unknown_held_usd: '0.5' },
      },
    },
  })
  const { out } = await halftone('usage', '--by', 'provider,day')
  expect(received[0]?.url).toBe('/v1/usage?group_by=provider%2Cday')
  expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toMatchObject([
    ['provider', 'day', 'jobs', 'pictures', 'cost', 'best single', 'saved', 'by type'],
    ['openai', '2026-11-20', '2', '2', '$0.10', '$0.08', '-$0.02', '$0.03'],
    ['-', '2026-11-21', '2', '2', '$0.00', '$0.08', '$0.00', '$0.03'],
    ['all', '1,234', '2', '$0.10', '$0.08', '-$0.02', '$0.03'],
    [''],
    [expect.stringContaining('simulated: no real money')],
    [expect.stringContaining('$0.50 is held')],
  ])
})
