import { type ImageProvider, type Polled, ProviderError } from '@halftone/providers'
import { expect, test } from 'vitest'
import { runJob } from './run-job.ts'
import { leftBehind, picture, ruleAt } from './testing/samples.ts'
import { createWorld, type World } from './testing/world.ts'

const run = ({ deps, job }: World) => runJob({ v: 1, job: job.id, gen: job.generation }, deps)
const pending: Polled = { kind: 'pending', pollAfterMs: 1_000 }
const pictures: Polled = { kind: 'done', result: { images: [picture()], usage: {} } }
const lost = new ProviderError('outcome_unknown', 'cut', { billed: 'unknown' })

/** An asynchronous provider whose polls answer the script in turn; its last line for ever. */
function script(polls: (Polled | Error)[], over: Partial<ImageProvider> = {}): Partial<ImageProvider> {
  let next = 0
  return {
    recoverability: 'findable',
    start: async () => ({ kind: 'accepted', providerRef: 'p1', pollAfterMs: 500 }),
    async poll() {
      const answer = polls[Math.min(next++, polls.length - 1)] ?? pending
      if (answer instanceof Error) throw answer
      return answer
    },
    find: async () => null,
    cancel: async () => {},
    ...over,
  }
}

test('the provider’s id is kept before the first poll, and a failed poll is merely repeated', async () => {
  const down = new ProviderError('provider_down', 'down', { billed: 'unknown' })
  const world = createWorld({ provider: script([pending, down, pictures]) })
  await run(world)
  expect(world.steps.slice(0, 6)).toEqual(['claim', 'start', 'submitted p1', 'poll', 'poll', 'poll'])
  expect(world.finishes).toMatchObject([{ kind: 'succeeded' }])
})

test('a call that ends without a picture is free and goes elsewhere', async () => {
  const failed = new ProviderError('provider_down', 'failed', { billed: 'no' })
  const world = createWorld({ provider: script([pending, failed]) })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'released', avoid: 'replicate/flux' }])
})

test('what comes after the deadline is settled all the same; what never comes is unknown', async () => {
  const late = createWorld({ provider: script([...Array(10).fill(pending), pictures]) })
  late.job.deadline = new Date(late.deps.clock() + 2_000)
  await run(late)
  expect(late.finishes).toMatchObject([{ kind: 'succeeded' }])
  const never = createWorld({ provider: script([pending]) })
  await run(never)
  expect(never.finishes).toMatchObject([{ kind: 'unknown', error: { code: 'outcome_unknown' } }])
})

test('a submit whose answer was lost is found by our attempt id, not sent again', async () => {
  const asked: string[] = []
  const world = createWorld({
    provider: script([pictures], {
      start: async ({ callbackUrl, attemptId }) => {
        expect(callbackUrl).toBe(`http://127.0.0.1/callback?attempt=${attemptId}`)
        throw lost
      },
      find: async (attemptId) => (asked.push(attemptId) === 3 ? 'p9' : null),
    }),
  })
  await run(world)
  const found = ['find', 'find', 'find', 'submitted p9', 'poll', 'store', 'finish succeeded', 'told']
  expect(world.steps).toEqual(['claim', 'start', ...found])
  expect(new Set(asked)).toEqual(new Set([world.claims[0]?.attemptId]))
})

test('a call that the provider does not show is unknown, not free', async () => {
  const world = createWorld({ provider: script([], { start: () => Promise.reject(lost) }) })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'unknown' }])
})

test.each([
  ['with the provider’s id is polled on', 'p1', ['claim', 'poll']],
  ['without it is looked for', null, ['claim', 'find', 'submitted p5', 'poll']],
])('an earlier call %s', async (_, ref, steps) => {
  const row = leftBehind(ref)
  const world = createWorld({
    job: { status: 'running', liveAttempt: row },
    provider: script([pictures], { find: async () => 'p5' }),
  })
  world.answers.claim = { kind: 'takeover', attempt: row, fence: 2n }
  await run(world)
  expect(world.steps).toEqual([...steps, 'store', 'finish succeeded', 'told'])
  expect(world.finishes).toMatchObject([{ attemptId: 'att_earlier', fence: 2n, cost: 30_000_000n }])
})

test.each([
  ['nothing, where canceled calls are free', 'free' as const, 'no' as const, 0n],
  ['the quote, where they are not', 'full' as const, 'no' as const, 30_000_000n],
  ['nothing, where the rule does not know and the provider says so', 'unknown' as const, 'no' as const, 0n],
])('a canceled call costs %s', async (_, cancelled, billed, cost) => {
  const stopped = new ProviderError('provider_down', 'canceled', { billed })
  const charge_on = { refused_before: 'free', refused_after: 'free', failed: 'free', cancelled } as const
  const world = createWorld({
    rule: ruleAt('0.03', { charge_on }),
    provider: script([stopped], {
      start: async () => {
        world.deps.liveCalls.cancel(['job_1'])
        return { kind: 'accepted', providerRef: 'p1', pollAfterMs: 500 }
      },
    }),
  })
  await run(world)
  expect(world.steps).toContain('cancel')
  expect(world.finishes).toMatchObject([{ kind: 'canceled', cost }])
})

test('a cancel that comes too late keeps the picture that is paid for', async () => {
  const world: World = createWorld({
    provider: script([pictures], { cancel: () => Promise.reject(new Error('ended already')) }),
  })
  world.deps.liveCalls.begin = () => ({ canceled: AbortSignal.abort(), end: () => {} })
  await run(world)
  expect(world.finishes).toMatchObject([{ kind: 'succeeded' }])
})

test('a callback ends the wait for the next poll, and is believed in nothing else', async () => {
  const world = createWorld({ provider: script([pending, pictures]) })
  const { sleep } = world.deps
  let rung = false
  world.deps.sleep = async (ms, signal) => {
    if (!rung && world.claims.length > 0) {
      rung = true
      const [{ attemptId } = { attemptId: '' }] = world.claims
      world.deps.bells.ring([
        { attempt_id: attemptId, provider_ref: 'p-of-somebody-else' },
        { attempt_id: 'att_unknown', provider_ref: null },
      ])
      expect(signal?.aborted).toBe(true)
    }
    return sleep(ms, signal)
  }
  await run(world)
  expect(world.steps.filter((step) => step.startsWith('submitted'))).toEqual(['submitted p1'])
  expect(world.deps.monotonic(), 'only the second wait passed').toBe(1_000)
  expect(world.finishes).toMatchObject([{ kind: 'succeeded' }])
})

test('a call whose answer was lost is adopted by the id that its callback names', async () => {
  const start = async () => {
    throw lost
  }
  const world = createWorld({
    provider: script([pictures], { recoverability: 'blind', start }),
    settings: { callbackUrl: 'http://127.0.0.1/callback' },
  })
  const { sleep } = world.deps
  world.deps.sleep = async (ms, signal) => {
    for (const { attemptId } of world.claims)
      world.deps.bells.ring([{ attempt_id: attemptId, provider_ref: 'p9' }])
    return sleep(ms, signal)
  }
  await run(world)
  expect(world.steps).toEqual([
    'claim',
    'start',
    'find',
    'adopt p9',
    'submitted p9',
    'poll',
    'store',
    'finish succeeded',
    'told',
  ])
})

test('a worker that takes over asks by the id that a callback left', async () => {
  const row = { ...leftBehind(null), callbackRef: 'p7' }
  const world = createWorld({ provider: script([pictures]), job: { status: 'running', liveAttempt: row } })
  world.answers.claim = { kind: 'takeover', attempt: row, fence: 2n }
  await run(world)
  expect(world.steps).toEqual(['claim', 'adopt p7', 'poll', 'store', 'finish succeeded', 'told'])
})
