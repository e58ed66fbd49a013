import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ImageGenerationClient } from './image-generation-client.ts'
import { cut, fakeHalftone, job, json } from './testing/fake-halftone.ts'

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 })
})
afterEach(() => {
  vi.useRealTimers()
})

function event(id: string, type: string, status: string): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, id, data: { job_id: 'job_1', status } })}\n\n`
}
const running = event('1', 'image.job.updated', 'running')
const done = event('2', 'image.job.succeeded', 'succeeded')

function stream(...texts: string[]): Response {
  return new Response(texts.join(''), { headers: { 'content-type': 'text/event-stream' } })
}

test('a stream that is cut is taken up after the last event that came', async () => {
  const answers = [() => stream(running, done.slice(0, 30)), cut, () => stream(done)]
  const { asked, options } = fakeHalftone((_, place) => answers[place]?.() ?? cut())
  const told = await Array.fromAsync(new ImageGenerationClient(options).events('job_1'))
  expect(told.map(({ type }) => type)).toEqual(['image.job.updated', 'image.job.succeeded'])
  expect(asked.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '1', '1'])
})

test('where there are no streams the job is asked for, and the same is told', async () => {
  const statuses = ['queued', 'queued', 'running', 'succeeded']
  let looks = 0
  const { options } = fakeHalftone(({ path }) =>
    path.endsWith('/events')
      ? json({ code: 'not_found', detail: 'no such route' }, 404)
      : json(job({ status: statuses[looks++] })),
  )
  const told = await Array.fromAsync(new ImageGenerationClient(options).events('job_1'))
  expect(told.map(({ type, data }) => [type, data.status])).toEqual([
    ['image.job.updated', 'queued'],
    ['image.job.updated', 'running'],
    ['image.job.succeeded', 'succeeded'],
  ])
})

test('what happens in the project is told with the place to go on from, until the consumer leaves', async () => {
  const { asked, options } = fakeHalftone(() => stream(running, done))
  const seen = []
  const client = new ImageGenerationClient(options)
  for await (const { id, event: one } of client.projectEvents({
    types: ['image.job.succeeded'],
    lastEventId: '0',
  })) {
    seen.push([id, one.type])
    if (seen.length === 3) break
  }
  expect(seen.map(([id]) => id)).toEqual(['1', '2', '1'])
  expect(asked[0]?.path).toBe('/v1/events?types=image.job.succeeded')
  expect(asked.map(({ headers }) => headers.get('last-event-id'))).toEqual(['0', '2'])
})
