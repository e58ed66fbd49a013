import { expect, test } from 'vitest'
import { alphaMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { patiently, simulated } from '../testing/simulated.ts'
import type { Usage } from './tokens.ts'

const spec = 'openai-images-batch-files.openapi.json'
const generations = '/openai/v1/images/generations'
const ask = { model: 'gpt-image-2', size: '1024x1024', quality: 'low', stream: true }
/** No prompt of its own makes the provider send fewer partial pictures than were asked for. */
const prompt = 'a quiet lake'

interface Event {
  type: string
  b64_json: string
  partial_image_index?: number
  usage?: Usage
  error?: { code: string }
}

async function eventsOf(answer: Response): Promise<Event[]> {
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  const events = (await answer.text()).split('\n\n').filter(Boolean)
  return events.map((event) => {
    const [name, data = ''] = event.split('\n')
    const parsed = JSON.parse(data.replace(/^data: /, '')) as Event
    expect(name).toBe(`event: ${parsed.type}`)
    return parsed
  })
}

const typesOf = (events: Event[]) => events.map(({ type }) => type.split('.')[1])

test('partial pictures come first, then the whole one; the books charge its usage, partial pictures included', async () => {
  const { post, books } = await simulated()
  const [plain, streamed] = await Promise.all([
    post(generations, { ...ask, prompt, stream: false }),
    post(generations, { ...ask, prompt, partial_images: 2 }),
  ])
  const { usage: without } = (await plain.json()) as { usage: Usage }
  const events = await eventsOf(streamed)
  const last = events.at(-1)
  const partials = events.length - 1
  expect(typesOf(events)).toEqual([...Array(partials).fill('partial_image'), 'completed'])
  expect([1, 2]).toContain(partials)
  expect(events.slice(0, -1).map((event) => event.partial_image_index)).toEqual([...Array(partials).keys()])
  expect(await sizeOf(Buffer.from(last?.b64_json ?? '', 'base64'))).toMatchObject({
    width: 1024,
    height: 1024,
  })
  expect(last?.usage?.output_tokens).toBe(without.output_tokens + 100 * partials)
  const nano = (usage: Usage) => usage.output_tokens * 30_000 + usage.input_tokens_details.text_tokens * 5_000
  const charged = (await books()).entries.map((entry) => entry.nano)
  expect(charged.toSorted()).toEqual([nano(without), nano(last?.usage ?? without)].toSorted())
})

test('fewer partial pictures than asked may come, never more; each of several pictures has its final event', async () => {
  const { post } = await simulated()
  const counts = new Set<number>()
  for (const word of ['dawn', 'dusk', 'noon', 'night', 'rain', 'snow', 'fog', 'wind']) {
    const events = await eventsOf(await post(generations, { ...ask, prompt: word, partial_images: 3 }))
    counts.add(events.length - 1)
  }
  expect([...counts].toSorted()).toEqual([2, 3])
  expect(typesOf(await eventsOf(await post(generations, { ...ask, prompt, n: 2 })))).toEqual([
    'completed',
    'completed',
  ])
})

test('an edit streams under its own name; a refusal after the work is an event', async () => {
  const { form, post, books } = await simulated()
  const parts = {
    ...{ model: 'gpt-image-2', prompt, stream: 'true', size: '1024x1024', quality: 'low' },
    image: await photo(64, 64),
    mask: await alphaMask(64, 64, { left: 8, top: 8, width: 16, height: 16 }),
  }
  const events = await eventsOf(await form('/openai/v1/images/edits', parts))
  expect(events.map(({ type }) => type)).toEqual(['image_edit.completed'])
  const refused = await eventsOf(await post(generations, { ...ask, prompt: 'filtered-content' }))
  expect(refused.map(({ type, error }) => [type, error?.code])).toEqual([['error', 'moderation_blocked']])
  expect((await post(generations, { ...ask, prompt: 'forbidden-content' })).status).toBe(400)
  expect((await post(generations, { ...ask, prompt, stream: false, partial_images: 1 })).status).toBe(400)
  expect((await books()).entries).toHaveLength(1)
})

test.each(['cut_body', 'reset_after_paid'] as const)('a stream lost by %s is paid', async (kind) => {
  const { post, books, fault } = await simulated()
  await fault('openai', kind)
  const answer = await post(generations, { ...ask, prompt })
  await expect(answer.text()).rejects.toThrow()
  await expect.poll(async () => (await books()).entries.length, patiently).toBe(1)
})

test.skipIf(!specsPresent)(
  'events fit OpenAI’s own specification, where it lies beside the repository',
  async () => {
    const { post } = await simulated()
    const events = await eventsOf(await post(generations, { ...ask, prompt, partial_images: 1 }))
    for (const event of events)
      expect(specFaults(spec, '/components/schemas/ImageGenStreamEvent', event)).toBeNull()
  },
)
