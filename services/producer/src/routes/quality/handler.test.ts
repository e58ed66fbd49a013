import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const score = {
  provider: 'replicate',
  model: 'stable-diffusion-3.5-turbo',
  content_type: 'text_poster',
  method: 'ocr',
  score: 0.2,
  low: 0.1,
  high: 0.3,
  n: 8,
  measured_at: '2026-11-23T10:00:00.000Z',
}
const record = (payload: object, key = producer.adminKey) =>
  producer.app.inject({
    method: 'POST',
    url: '/admin/v1/quality',
    payload,
    headers: { authorization: `Bearer ${key}` },
  })
const poster = { prompt: 'a poster', size: '1024x1024', content_type: 'typography' }

interface ContentTypeRow {
  label: string
  quality_floor: number
  floor_source: string
  models: { model: string; quality: number; good_enough: boolean; measured: object[]; prior: object }[]
}

async function untilTold(holds: (row: ContentTypeRow) => boolean): Promise<ContentTypeRow> {
  for (;;) {
    const { data }: { data: ContentTypeRow[] } = (await producer.get('/v1/content-types')).json()
    const row = data.find(({ label }) => label === 'text_poster')!
    if (holds(row)) return row
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a measurement overrules the prior in the table and in the next quote; a project’s own floor lets it in again', async () => {
  expect((await producer.post('/v1/quotes', poster)).json().choice).toMatchObject({ provider: 'replicate' })
  const answer = await record({ scores: [score] })
  expect(answer.statusCode, answer.body).toBe(200)
  const row = await untilTold(({ models }) => models.some(({ measured }) => measured.length > 0))
  expect(row.models.find(({ model }) => model === score.model)).toEqual({
    provider: 'replicate',
    model: score.model,
    quality: 0.3,
    good_enough: false,
    prior: { score: 0.7, weight: 2, source: 'the catalogue: a prior, unmeasured' },
    measured: [
      { method: 'ocr', score: 0.2, low: 0.1, high: 0.3, n: 8, measured_at: score.measured_at, note: null },
    ],
  })
  const { choice, candidates } = (await producer.post('/v1/quotes', poster)).json()
  expect(choice).toMatchObject({ provider: 'openai' })
  expect(candidates.find((one: { provider: string }) => one.provider === 'replicate').reason).toMatch(
    /quality 0\.3 for text_poster is below the floor 0\.5 \(measured by ocr, n 8/,
  )

  const own = { content_type: 'text_poster', floor: 0.1, project_id: producer.projectId }
  expect((await record({ floors: [own] })).statusCode).toBe(200)
  const mine = await untilTold(({ quality_floor }) => quality_floor === 0.1)
  expect(mine.floor_source).toBe('operator')
  expect((await producer.post('/v1/quotes', poster)).json().choice).toMatchObject({ provider: 'replicate' })
  const listed = await producer.app.inject({
    url: '/admin/v1/quality?history=5',
    headers: { authorization: `Bearer ${producer.adminKey}` },
  })
  expect(listed.json()).toMatchObject({ scores: [score], floors: [own], history: [{ replaced_at: null }] })
})

test('what is no measurement, no model or no operator is refused', async () => {
  const refusals: [Awaited<ReturnType<typeof record>>, number][] = [
    [await record({ scores: [{ ...score, score: 1.1 }] }), 400],
    [await record({ scores: [{ ...score, low: 0.25 }] }), 400],
    [await record({ scores: [{ ...score, model: 'typo' }] }), 400],
    [await record({ floors: [{ content_type: 'logo', floor: 0.5, project_id: 'prj_0' }] }), 404],
    [await record({ scores: [score] }, producer.key), 401],
  ]
  for (const [answer, status] of refusals) expect(answer.statusCode, answer.body).toBe(status)
})
