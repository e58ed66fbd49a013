import { type Billed, ProviderError } from '@halftone/providers'
import { expect, test } from 'vitest'
import { runJob } from './run-job.ts'
import { leftBehind, picture, ruleAt } from './testing/samples.ts'
import { createWorld, type World } from './testing/world.ts'

const run = ({ deps, job }: World, gen = job.generation) => runJob({ v: 1, job: job.id, gen }, deps)
const done = { kind: 'done' }
const twoCents = 20_000_000n
const threeCents = 30_000_000n

test('the intent is committed before the call, the picture stored before the money is settled', async () => {
  const world = createWorld()
  expect(await run(world)).toEqual(done)
  expect(world.steps).toEqual(['claim', 'start', 'store', 'finish succeeded', 'told'])
  expect(world.claims[0]).toMatchObject({ worst: threeCents, priceVersion: 7, account: 'replicate' })
  expect(world.finishes[0]).toMatchObject({ kind: 'succeeded', cost: threeCents, fence: 1n })
  expect(world.finishes[0]).toHaveProperty('images.0', expect.objectContaining({ width: 64, format: 'png' }))
  expect(world.outcomes).toMatchObject([
    { provider: 'replicate', model: 'flux', size: '64x64', verdict: 'ok' },
  ])
})

test.each([
  ['an older generation', {}, 0],
  ['an ended job', { status: 'succeeded' as const }, 1],
  ['a canceled job', { cancelRequested: true }, 1],
  ['a job past its deadline', { deadline: new Date(0) }, 1],
])('a ticket for %s is dropped without a trace', async (_, job, gen) => {
  const world = createWorld({ job })
  expect(await run(world, gen)).toEqual(done)
  expect(world.steps).toEqual([])
})

test('a plan made in another market goes back, unclaimed', async () => {
  const opened = createWorld()
  const health = { provider: 'replicate', model: 'flux', breaker: 'open', health: 0, latency_ms: {} } as const
  opened.view = { ...opened.view, health: new Map([['replicate/flux', health]]) }
  const dearer = createWorld({ rule: ruleAt('0.031') })
  const unpriced = createWorld({ rule: ruleAt('0.03', { status: 'unknown' }) })
  for (const world of [opened, dearer, unpriced]) {
    expect(await run(world)).toEqual(done)
    expect(world.steps).toEqual(['give back null', 'told'])
  }
})

test('a job that comes back again and again waits a little each time', async () => {
  const world = createWorld({ rule: ruleAt('0.031'), job: { generation: 9 } })
  await run(world)
  expect(world.steps[0]).toBe('give back null in 1000 ms')
})

test('a price that fell since is the price of the call', async () => {
  const world = createWorld({ rule: ruleAt('0.02') })
  await run(world)
  expect(world.claims[0]?.worst).toBe(twoCents)
  expect(world.finishes[0]).toMatchObject({ cost: twoCents })
})

test('a picture that is gone ends the job before anything is claimed', async () => {
  const world = createWorld({
    job: {
      inputs: {
        width: 64,
        height: 64,
        images: [{ fileId: 'file_1', sha256: 'gone', width: 64, height: 64, format: 'png' }],
        mask: null,
      },
    },
  })
  expect(await run(world)).toEqual(done)
  expect(world.steps).toEqual(['end invalid_request', 'told'])
})

test('waiting for a slot costs no attempt, and a slot after the deadline sends the job elsewhere', async () => {
  const world = createWorld()
  world.answers.slot = { kind: 'later', retryMs: 3_000 }
  expect(await run(world)).toEqual({ kind: 'later', delayMs: 3_000 })
  expect(world.steps).toEqual([])
  world.answers.slot = { kind: 'later', retryMs: 600_000 }
  expect(await run(world)).toEqual(done)
  expect(world.steps).toEqual(['give back replicate', 'told'])
})

test('a process that stops gives back what it has not sent', async () => {
  const world = createWorld()
  world.deps.stopping = AbortSignal.abort()
  expect(await run(world)).toEqual({ kind: 'later', delayMs: 0 })
  expect(world.steps).toEqual([])
})

test('only the one who claims makes the call', async () => {
  for (const kind of ['busy', 'void'] as const) {
    const world = createWorld()
    world.answers.claim = { kind }
    expect(await run(world)).toEqual(done)
    expect(world.steps).toEqual(['claim'])
  }
  const refused = createWorld()
  refused.answers.claim = { kind: 'refused' }
  await run(refused)
  expect(refused.steps).toEqual(['claim', 'give back null', 'told'])
})

test('a claim whose answer was lost is asked for again under the same id, not as another one', async () => {
  const world = createWorld()
  world.answers.claimErrors = [new Error('down'), new Error('down')]
  await run(world)
  expect(new Set(world.claims.map(({ attemptId }) => attemptId)).size).toBe(1)
  expect(world.steps.filter((step) => step === 'start')).toHaveLength(1)
  const away = createWorld()
  away.answers.claimErrors = Array(200).fill(new Error('down'))
  await expect(run(away)).rejects.toThrow('down')
  expect(away.steps).not.toContain('start')
})

test.each([
  ['half its lease', 7_600, 120_000],
  ['the deadline', 2_000, 1_000],
])('a process that wakes after %s sends nothing', async (_, pauseMs, dueMs) => {
  const world = createWorld()
  world.job.deadline = new Date(world.deps.clock() + dueMs)
  const { claim } = world.deps.attempts
  world.deps.attempts.claim = async (request) => {
    const answer = await claim(request)
    world.pass(pauseMs)
    return answer
  }
  await run(world)
  expect(world.steps).toEqual(['claim', 'finish released', 'told'])
  expect(world.outcomes).toEqual([])
})

test('Postgres and the store may be away after the call: it is made once, and booked when they are back', async () => {
  const world = createWorld()
  world.answers.storeErrors = [new Error('disk full')]
  world.answers.finishErrors = [new Error('down'), new Error('down')]
  await run(world)
  expect(world.steps.filter((step) => step === 'start')).toHaveLength(1)
  expect(world.finishes).toMatchObject([{ kind: 'succeeded', cost: threeCents }])
})

test('who is late tells nobody that the job ended', async () => {
  const world = createWorld()
  world.answers.finished = { kind: 'late' }
  await run(world)
  expect(world.steps).not.toContain('told')
})

test.each([
  ['of another size', [picture('32x64 png')], threeCents],
  ['that is no picture', [picture('hello')], threeCents],
  ['in a lossy format other than asked', [picture('64x64 jpeg')], threeCents],
])('a paid answer %s ends the job failed, with its cost', async (_, images, cost) => {
  const world = createWorld({
    body: { format: 'webp' },
    provider: { start: async () => ({ kind: 'done', result: { images, usage: {} } }) },
  })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'failed', cost, error: { code: 'bad_answer' } }])
  expect(world.outcomes[0]).toMatchObject({ verdict: 'fault', code: 'bad_answer' })
})

test('fewer pictures than asked end the job failed, with what was made paid', async () => {
  const world = createWorld({ body: { n: 3 } })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'failed', cost: threeCents, error: { code: 'bad_answer' } }])
})

test('the asked format is made from a lossless answer', async () => {
  const world = createWorld({ body: { format: 'jpeg' } })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'succeeded', images: [{ format: 'jpeg' }] }])
})

test('the provider’s own figure outranks the rule', async () => {
  const result = { images: [picture()], usage: { reported: 1_234n } }
  const world = createWorld({ provider: { start: async () => ({ kind: 'done', result }) } })
  await run(world)
  expect(world.finishes).toMatchObject([{ cost: 1_234n }])
})

test('a bug in an adapter leaves the outcome unknown: nobody knows what was sent', async () => {
  const world = createWorld({
    provider: {
      start: async () => {
        throw new TypeError('boom')
      },
    },
  })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'unknown', error: { code: 'outcome_unknown' }, rebuy: true }])
})

test('an account that was stopped while the job waited for its slot is not called', async () => {
  const world = createWorld()
  world.answers.slot = {
    kind: 'granted',
    waitMs: 1_500,
    lease: { account: 'replicate', id: 'l', grantedAt: 1 },
  }
  world.answers.stoppedMs = 4_000
  expect(await run(world)).toEqual({ kind: 'later', delayMs: 4_000 })
  expect(world.steps).toEqual([])
})

test('a slot that no call was made of is given back', async () => {
  const world = createWorld()
  world.answers.claim = { kind: 'void' }
  await run(world)
  expect(world.slotsGivenBack).toBe(1)
})

test('a call that was told to wait stops the account before it is booked, and costs no attempt', async () => {
  const world = createWorld({
    provider: {
      start: async () => {
        throw new ProviderError('rate_limited', 'wait', { billed: 'no', retryAfterMs: 60_000 })
      },
    },
  })
  await run(world)
  expect(world.steps).toEqual(['claim', 'start', 'refused replicate 60000', 'finish released', 'told'])
  expect(world.finishes).toMatchObject([{ kind: 'released', avoid: null, delayMs: 2_000 }])
})

test('a pinned model that fails is asked again later; else it is avoided at once', async () => {
  const provider = {
    start: async () => {
      throw new ProviderError('provider_down', 'down', { billed: 'no' })
    },
  }
  const free = createWorld({ provider })
  await run(free)
  expect(free.finishes).toMatchObject([{ kind: 'released', avoid: 'replicate/flux', delayMs: 0 }])
  const pinned = createWorld({ provider })
  pinned.job.body.routing.model = 'replicate/flux'
  await run(pinned)
  expect(pinned.finishes).toMatchObject([{ kind: 'released', avoid: null, delayMs: 1_000 }])
})

test('an earlier call whose provider cannot be asked is not made again', async () => {
  const row = leftBehind(null)
  const world = createWorld({ job: { status: 'running', liveAttempt: row } })
  world.answers.claim = { kind: 'takeover', attempt: row, fence: 2n }
  await run(world)
  expect(world.steps).toEqual(['claim', 'finish unknown', 'told'])
  expect(world.finishes).toMatchObject([{ attemptId: 'att_earlier', fence: 2n }])
  expect(world.outcomes, 'nobody knows how long it took').toEqual([])
})

test('a crash between the store and the books is mended by the note under the attempt’s id: nothing is asked or bought', async () => {
  const crashed = createWorld()
  const dies = new Promise<never>(() => {})
  const finishing = new Promise<void>((resolve) => {
    crashed.deps.attempts.finish = () => {
      resolve()
      return dies
    }
  })
  void run(crashed)
  await finishing
  const [note] = crashed.notes.values()
  const row = { ...leftBehind(null), worst: threeCents }
  const world = createWorld({ job: { status: 'running', liveAttempt: row } })
  world.notes.set(row.id, note!)
  world.answers.claim = { kind: 'takeover', attempt: row, fence: 2n }
  await run(world)
  expect(world.steps).toEqual(['claim', 'finish succeeded', 'told'])
  expect(world.finishes).toMatchObject([
    { kind: 'succeeded', cost: threeCents, images: [{ width: 64 }], fence: 2n },
  ])
  expect(world.notes.size).toBe(0)
})

test('a ticket that killed worker after worker before any call ends as poison, and holds nothing', async () => {
  const world = createWorld()
  const { deps, job } = world
  await runJob({ v: 1, job: job.id, gen: job.generation }, deps, 5)
  expect(world.steps).toEqual(['end poison', 'told'])
})
test('the breaker hears how the call went, once, before it is booked; what was not called frees its probe', async () => {
  const well = createWorld()
  await run(well)
  expect(well.verdicts).toEqual(['ok'])
  const ill = createWorld({ provider: { start: () => Promise.reject(error('provider_down', 'no')) } })
  await run(ill)
  expect(ill.verdicts).toEqual(['fault'])
  for (const claim of [{ kind: 'void' }, { kind: 'refused' }] as const) {
    const world = createWorld()
    world.answers.claim = claim
    await run(world)
    expect(world.verdicts).toEqual(['none'])
  }
})

test('a breaker of the fleet sends the job back to be planned; one of this process alone lets the ticket wait', async () => {
  const fleet = createWorld()
  fleet.answers.gate = { kind: 'shut', by: 'fleet', reason: 'calls fail: provider_down' }
  expect(await run(fleet)).toEqual(done)
  expect(fleet.steps).toEqual(['shut replicate/flux', 'give back null', 'told'])
  const local = createWorld()
  local.answers.gate = { kind: 'shut', by: 'local', reason: 'bad luck' }
  expect(await run(local)).toEqual({ kind: 'later', delayMs: 1_000 })
  expect(local.steps).toEqual(['shut replicate/flux'])
})

test('the probe of a breaker is made only after a free call went well', async () => {
  const down = createWorld({ provider: { probe: () => Promise.reject(error('provider_down', 'no')) } })
  down.answers.gate = { kind: 'pass', probe: true }
  expect(await run(down)).toEqual(done)
  expect(down.steps).toEqual(['give back null', 'told'])
  expect(down.verdicts).toEqual(['fault'])
  const told = createWorld({ provider: { probe: () => Promise.reject(error('rate_limited', 'no')) } })
  told.answers.gate = { kind: 'pass', probe: true }
  await run(told)
  expect(told.verdicts).toEqual(['ok'])
})

test('a job that failed at providers often enough ends with what the last one said; being told to wait is not counted', async () => {
  const failing = (code: 'provider_down' | 'rate_limited', failedAttempts: number) =>
    createWorld({
      job: { failedAttempts, generation: 2 },
      provider: { start: () => Promise.reject(error(code, 'no')) },
    })
  const last = failing('provider_down', 5)
  await run(last)
  expect(last.finishes[0]).toMatchObject({ kind: 'failed', cost: 0n, error: { code: 'provider_down' } })
  expect(
    JSON.stringify(last.finishes[0], (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  ).toContain('6 calls failed for this job')
  const before = failing('provider_down', 4)
  await run(before)
  expect(before.finishes[0]).toMatchObject({ kind: 'released' })
  const waiting = failing('rate_limited', 50)
  await run(waiting)
  expect(waiting.finishes[0]).toMatchObject({ kind: 'released' })
})

test('a model that fails a job for the first time is left at once, the same one again only after a pause', async () => {
  const start = () => Promise.reject(error('provider_down', 'no'))
  const first = createWorld({ provider: { start } })
  await run(first)
  expect(first.finishes[0]).toMatchObject({ kind: 'released', avoid: 'replicate/flux', delayMs: 0 })
  const again = createWorld({ provider: { start }, job: { avoid: ['replicate/flux'], generation: 4 } })
  await run(again)
  expect(again.finishes[0]).toMatchObject({ kind: 'released', delayMs: 8_000 })
})

test('a picture refused after the work is billed by the price rule; only where that does not know, its money stays held', async () => {
  const refused = async (refused_after: 'free' | 'full' | 'unknown') => {
    const charge_on = { refused_before: 'free', refused_after, failed: 'free', cancelled: 'free' } as const
    const start = () => Promise.reject(error('content_policy', 'unknown'))
    const world = createWorld({ rule: ruleAt('0.03', { charge_on }), provider: { start } })
    await run(world)
    expect(world.verdicts).toEqual(['neutral'])
    return world.finishes[0]
  }
  expect(await refused('free')).toMatchObject({ kind: 'failed', cost: 0n, error: { code: 'content_policy' } })
  expect(await refused('full')).toMatchObject({ kind: 'failed', cost: threeCents })
  expect(await refused('unknown')).toMatchObject({
    kind: 'unknown',
    rebuy: false,
    error: { code: 'content_policy' },
  })
})

function error(code: ConstructorParameters<typeof ProviderError>[0], billed: Billed): ProviderError {
  return new ProviderError(code, 'it said no', { billed })
}
