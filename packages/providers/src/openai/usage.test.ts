import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHttp } from '../http.ts'
import { type FakeServer, startFakeServer } from '../testing/fake-server.ts'
import { createOpenAi } from './openai.ts'

const since = new Date('2026-11-22T12:00:00Z')
const start = since.getTime() / 1_000
const http = createHttp()
let server: FakeServer
beforeAll(async () => {
  server = await startFakeServer()
})
afterAll(async () => {
  await http.close()
  await server.close()
})

const result = (requests: number, key = 'key_1', model = 'gpt-image-2-2026-04-21') => ({
  object: 'organization.usage.images.result',
  images: requests,
  num_model_requests: requests,
  api_key_id: key,
  model,
  size: '1024x1024',
  source: null,
})
const bucket = (minute: number, results: unknown[] = []) => ({
  object: 'bucket',
  start_time: start + minute * 60,
  end_time: start + (minute + 1) * 60,
  results,
})
const page = (data: unknown[], next: string | null = null) => ({
  object: 'page',
  data,
  has_more: next !== null,
  next_page: next,
})

async function usage(pages: unknown[], minutes: number, keyId?: string) {
  const answers = [...pages]
  server.answerWith(() => ({ status: 200, body: answers.shift() }))
  const openai = createOpenAi(
    { key: 'sk', baseUrl: `${server.origin}/v1`, adminKey: 'sk-admin', keyId },
    http.send,
  )
  return openai.usage!(since, new Date(since.getTime() + minutes * 60_000), AbortSignal.timeout(5_000))
}

test('all pages are read with the admin key, and snapshots count as their model', async () => {
  server.seen.length = 0
  const counts = await usage([page([bucket(0, [result(2)])], 'page_2'), page([bucket(1, [result(1)])])], 2)
  expect(counts).toMatchObject([
    { from: since, model: 'gpt-image-2', size: '1024x1024', requests: 2, images: 2 },
    { model: 'gpt-image-2', requests: 1 },
  ])
  const [first, second] = server.seen.map(({ path }) => new URL(path, 'http://x').searchParams)
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer sk-admin',
    'Bearer sk-admin',
  ])
  expect(first?.get('bucket_width')).toBe('1m')
  expect(first?.getAll('group_by')).toEqual(['api_key_id', 'model', 'size'])
  expect(second?.get('page')).toBe('page_2')
})

test('a report with a gap, with an early end, or over several keys is no report', async () => {
  await expect(usage([page([bucket(0), bucket(2)])], 3)).rejects.toThrow()
  await expect(usage([page([bucket(0)])], 2)).rejects.toThrow()
  await expect(usage([page([bucket(0, [result(1), result(1, 'key_2')])])], 1)).rejects.toThrow()
  expect(await usage([page([bucket(0, [result(1), result(5, 'key_2')])])], 1, 'key_1')).toMatchObject([
    { requests: 1 },
  ])
})

test('without an admin key there is no report to read', () => {
  expect(createOpenAi({ key: 'sk', baseUrl: server.origin }, http.send).usage).toBeUndefined()
})
