import { expect, test } from 'vitest'
import type { NewEndpoint, OutboxMessage } from './ledger.ts'
import { openLedger } from './testing/open-ledger.ts'
import { accept, acceptBulk, image, newJob, newProject, start } from './testing/sample-jobs.ts'

const opened = openLedger()
const seen = { ms: 3, answer: 'thanks' }
const hook: NewEndpoint = {
  ...{ url: 'https://a.test/hook', origin: 'https://a.test', description: '' },
  ...{ events: [], mode: 'both' },
}

async function create(project: string, fields: Partial<NewEndpoint> = {}): Promise<string> {
  const options = { max: 20, idempotency: null, answer: () => null }
  return (await opened.ledger.endpoints.create(project, { ...hook, ...fields }, options)).row.id
}
/** Everything that is due, of this project. */
async function due(project: string): Promise<OutboxMessage[]> {
  const messages = await opened.ledger.outbox.take(1_000, 0)
  return messages.filter(({ projectId }) => projectId === project)
}
const take = (messages: { id: string }[]) =>
  opened.ledger.outbox.delivered(messages.map(({ id }) => ({ id, status: 200, ...seen })))
const refuse = (messages: { id: string }[], fields = {}) =>
  opened.ledger.outbox.failed(
    messages.map(({ id }) => ({
      id,
      status: 500,
      error: 'no',
      retryInMs: 0,
      gone: false,
      ...seen,
      ...fields,
    })),
  )
/** An endpoint that has answered its challenge. */
async function active(project: string, fields: Partial<NewEndpoint> = {}): Promise<string> {
  const id = await create(project, fields)
  await take(await due(project))
  return id
}
async function end(project: string, fields = {}): Promise<string> {
  const id = await accept(opened.ledger, project, newJob(fields))
  await opened.ledger.jobs.cancelJob(project, id)
  return id
}
const typesOf = (messages: { type: string; jobId?: string | null }[]) => messages.map(({ type }) => type)

test('nothing but a challenge goes to an endpoint before it has answered one; what happened meanwhile comes then', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await create(project)
  const job = await end(project)
  const first = await due(project)
  expect(first).toMatchObject([
    {
      type: 'endpoint.challenge',
      url: hook.url,
      endpoint: { id, secrets: [expect.stringMatching(/^whsec_/)] },
    },
  ])
  await refuse(first)
  expect(typesOf(await due(project))).toEqual(['endpoint.challenge'])
  expect(await take(first)).toBe(true)
  expect(await ledger.endpoints.find(project, id)).toMatchObject({ status: 'active' })
  expect(await due(project)).toMatchObject([{ type: 'image.job.canceled', job: { id: job } }])
  const log = await ledger.endpoints.deliveries(project, id, { limit: 9 })
  expect(log?.at(-1)).toMatchObject({
    type: 'endpoint.challenge',
    state: 'delivered',
    attempts: [
      { status: 500, error: 'no' },
      { status: 200, ms: 3, answer: 'thanks' },
    ],
  })
})

test('endpoints get what they subscribe to: by type, by mode, and what a job names them for, once', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const told = new Map<string, string>()
  const fields = { per_job: {}, per_bulk: {}, both: {}, failed: { events: ['image.job.failed'] } } as const
  for (const [name, rest] of Object.entries(fields))
    told.set(
      await active(project, {
        mode: name === 'failed' ? 'both' : (name as 'both'),
        ...rest,
        events: [...('events' in rest ? rest.events : [])],
      }),
      name,
    )
  const names = async () => {
    const messages = await due(project)
    await take(messages)
    return messages.map(({ endpoint, type }) => `${told.get(endpoint!.id)} ${type.slice(6)}`).toSorted()
  }
  const bulk = await acceptBulk(ledger, project, [newJob()])
  await ledger.jobs.cancelBulk(project, bulk)
  const ofBulk = [
    'both bulk.completed',
    'both job.canceled',
    'per_bulk bulk.completed',
    'per_job job.canceled',
  ]
  expect(await names()).toEqual(ofBulk)
  const alone = ['both job.canceled', 'per_bulk job.canceled', 'per_job job.canceled']
  await end(project)
  expect(await names()).toEqual(alone)
  const [failed] = [...told].find(([, name]) => name === 'failed')!
  await end(project, { webhookEndpointId: failed })
  expect(await names()).toEqual([...alone, 'failed job.canceled'].toSorted())
})

test('a failing endpoint is disabled after five days and a second message half a day later, never sooner; its news is held', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const id = await active(project)
  const ago = (hours: number) =>
    sql`update webhook_endpoints set failing_since = now() - ${hours}::int * interval '1 hour' where id = ${id}`
  const status = async () => (await ledger.endpoints.find(project, id))?.status
  await end(project)
  const [one] = await due(project)
  expect(await refuse([one!])).toEqual([])
  await ago(6 * 24)
  // one message, however long, speaks against itself: only the owner is told
  expect(await refuse([one!])).toEqual([
    { endpointId: id, type: 'endpoint.failing', because: 'it took nothing for a day' },
  ])
  expect(await status()).toBe('active')
  await ago(11)
  await end(project)
  const [, two] = await due(project)
  expect(await refuse([two!])).toEqual([])
  await ago(6 * 24)
  expect(await refuse([one!])).toEqual([])
  await ago(4 * 24)
  expect(await refuse([two!])).toEqual([])
  await ago(5 * 24 + 1)
  expect(await refuse([two!])).toMatchObject([{ type: 'endpoint.disabled' }])
  expect([await status(), await due(project)]).toEqual(['disabled', []])

  const job = await end(project)
  expect(await due(project)).toEqual([])
  expect(await ledger.endpoints.enable(project, id)).toMatchObject({ status: 'active', failingSince: null })
  expect((await due(project)).map((message) => message.job?.id)).toContain(job)
  const { events } = await ledger.events.after(project, '0-0', {}, 50)
  expect(typesOf(events).filter((type) => type.startsWith('endpoint'))).toEqual([
    'endpoint.failing',
    'endpoint.disabled',
  ])
})

test('410 disables at once; a success forgets every failure before it', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const id = await active(project)
  await end(project)
  const messages = await due(project)
  await refuse(messages)
  await sql`update webhook_endpoints set failing_since = now() - interval '6 days', failing_spread = true where id = ${id}`
  await take(messages)
  expect(await ledger.endpoints.find(project, id)).toMatchObject({ status: 'active', failingSince: null })
  await end(project)
  expect(await refuse(await due(project), { status: 410, retryInMs: null, gone: true })).toMatchObject([
    { type: 'endpoint.disabled', because: 'it answered 410 Gone' },
  ])
  expect(await ledger.endpoints.find(project, id)).toMatchObject({ disabledBecause: 'gone' })
})

test('a rotated secret and the one before both sign for a day, then the new one alone', async () => {
  const { ledger, sql } = opened
  const project = await newProject(ledger)
  const id = await active(project)
  const rotated = await ledger.endpoints.rotate(project, id)
  await end(project)
  const [message] = await due(project)
  expect(message?.endpoint?.secrets).toEqual([rotated?.secret, expect.stringMatching(/^whsec_/)])
  await sql`update webhook_endpoints set previous_until = now() where id = ${id}`
  expect((await due(project))[0]?.endpoint?.secrets).toEqual([rotated?.secret])
  expect(await ledger.endpoints.find(project, id)).toMatchObject({ previousUntil: null })
})

test('replays keep their ids: one, a time and status, and all that is missing, also from before the endpoint was there', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const before = await end(project)
  const id = await active(project)
  await end(project)
  const [delivered] = await due(project)
  await take([delivered!])
  await end(project)
  const [exhausted] = await due(project)
  await refuse([exhausted!], { retryInMs: null })
  const replay = async (what: Parameters<typeof ledger.endpoints.replay>[2]) => {
    const n = await ledger.endpoints.replay(project, id, what)
    const messages = await due(project)
    return { n, ids: messages.map((message) => message.id), jobs: messages.map(({ job }) => job?.id) }
  }
  expect(await replay({ message: delivered!.id })).toMatchObject({ n: 1, ids: [delivered!.id] })
  await take([delivered!])
  const hour = { from: new Date(Date.now() - 3_600_000), to: new Date(Date.now() + 1_000) }
  expect(await replay({ ...hour, states: ['exhausted'] })).toMatchObject({ n: 1, ids: [exhausted!.id] })
  await refuse([exhausted!], { retryInMs: null })
  const missing = await replay({ missingSince: hour.from })
  expect([missing.n, missing.jobs.includes(before), missing.ids.includes(exhausted!.id)]).toEqual([
    2,
    true,
    true,
  ])
  await take(missing.ids.map((one) => ({ id: one })))
  expect(await replay({ missingSince: hour.from })).toMatchObject({ n: 0 })
  const stranger = await newProject(ledger)
  expect(await ledger.endpoints.replay(stranger, id, { missingSince: hour.from })).toBeNull()
})

test('a deleted endpoint is not found, and nothing waits for it', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  const id = await active(project)
  await end(project)
  expect(await ledger.endpoints.remove(project, id)).toBe(true)
  expect([await due(project), await ledger.endpoints.list(project)]).toEqual([[], []])
  expect(await ledger.endpoints.remove(project, id)).toBe(false)
})

test('spending past 80 and 100 percent of a budget is told once each', async () => {
  const { ledger } = opened
  const project = await newProject(ledger)
  await ledger.projects.setBudget(project, 200n)
  await active(project, { events: ['budget.threshold_reached'] })
  const shares = []
  for (const cost of [100n, 70n, 10n, 20n]) {
    const { attemptId, fence } = await start(ledger, project, { hold: cost }, cost)
    await ledger.attempts.finish({ attemptId, fence, kind: 'succeeded', cost, images: [image()] })
    const messages = await due(project)
    await take(messages)
    shares.push(messages.map(({ data }) => data?.percent))
  }
  expect(shares).toEqual([[], [80], [], [100]])
})
