import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createSimulation } from '../simulation.ts'
import { usageRoutes } from './usage.ts'

const noon = Date.parse('2026-11-22T12:00:00Z')
const start = noon / 1_000

async function createReport() {
  let now = noon
  const simulation = createSimulation({ clock: () => now })
  const app = Fastify()
  await usageRoutes(simulation)(app)
  return {
    at(ms: number, n = 1, account = 'key-a') {
      now = noon + ms
      const what = {
        provider: 'openai',
        model: 'gpt-image-2',
        operation: 'generate',
        size: '1024x1024',
      } as const
      simulation.books.charge({ ...what, account, request_id: 'r', attempt_id: null, n, nano: 1n })
    },
    pass: (ms: number) => {
      now = noon + ms
    },
    async read(query: string) {
      const url = `/organization/usage/images?start_time=${start}&${query}`
      const answer = await app.inject({ url, headers: { authorization: 'Bearer admin' } })
      return answer.json()
    },
  }
}

test('the books are counted in buckets by key, model and size, once they are late enough', async () => {
  const { at, pass, read } = await createReport()
  at(1_000)
  at(2_000, 3)
  at(61_000, 1, 'key-b')
  const query = `end_time=${start + 180}&bucket_width=1m&group_by=api_key_id&group_by=model&group_by=size`
  pass(11_500)
  expect(
    (await read(query)).data[0].results,
    'of two only one is late enough; the first page is partial',
  ).toEqual([])
  pass(200_000)
  const { data, has_more } = await read(query)
  expect(has_more).toBe(false)
  const own = { model: 'gpt-image-2', size: '1024x1024', project_id: null }
  expect(data).toMatchObject([
    {
      start_time: start,
      end_time: start + 60,
      results: [{ ...own, api_key_id: 'key-a', images: 4, num_model_requests: 2 }],
    },
    { results: [{ ...own, api_key_id: 'key-b', images: 1, num_model_requests: 1 }] },
    { results: [] },
  ])
})

test('the first page with anything in it lacks half of that, just once', async () => {
  const { at, pass, read } = await createReport()
  for (const minute of [0, 1, 2, 3]) at(minute * 60_000)
  pass(300_000)
  const counts = async () =>
    (await read(`end_time=${start + 240}&bucket_width=1m`)).data.map(
      ({ results }: { results: unknown[] }) => results.length,
    )
  expect(await counts()).toEqual([1, 1, 0, 0])
  expect(await counts()).toEqual([1, 1, 1, 1])
})

test('pages follow each other without a gap', async () => {
  const { at, pass, read } = await createReport()
  at(0)
  pass(300_000)
  const first = await read(`end_time=${start + 180}&bucket_width=1m&limit=2`)
  expect(first).toMatchObject({ has_more: true, data: [{ start_time: start }, { start_time: start + 60 }] })
  const second = await read(`end_time=${start + 180}&bucket_width=1m&limit=2&page=${first.next_page}`)
  expect(second).toMatchObject({ has_more: false, next_page: null, data: [{ start_time: start + 120 }] })
})
