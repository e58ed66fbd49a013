import { priceRowSchema, providerAnswerSchema } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { form, greyPng } from '../testing/pictures.ts'
import { startProducer, type TestProducer } from '../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

test('what belongs to another project, or to nobody, is not found by any route', async () => {
  const job = (await producer.post('/v1/jobs', { prompt: 'mine' })).json().id
  const bulk = (await producer.post('/v1/bulk', { jobs: [{ prompt: 'mine' }] })).json().id
  const { body, headers } = form({ file: greyPng(8, 8) })
  const file = (await producer.post('/v1/files', body, headers)).json().id
  const routes = (ids: { job: string; bulk: string; file: string }) => [
    ['GET', `/v1/jobs/${ids.job}`],
    ['POST', `/v1/jobs/${ids.job}/cancel`],
    ['GET', `/v1/bulk/${ids.bulk}`],
    ['GET', `/v1/bulk/${ids.bulk}/jobs`],
    ['POST', `/v1/bulk/${ids.bulk}/cancel`],
    ['GET', `/v1/files/${ids.file}`],
    ['GET', `/v1/files/${ids.file}/content`],
  ]
  const foreign = routes({ job, bulk, file })
  const unknown = routes({ job: 'job_1', bulk: `bulk_${'0'.repeat(32)}`, file: "file_'--" })
  for (const [method, url] of [...foreign, ...unknown]) {
    const authorization = `Bearer ${producer.otherKey}`
    const answer = await producer.app.inject({ method: method as 'GET', url, headers: { authorization } })
    expect([url, answer.statusCode, answer.json().code]).toEqual([url, 404, 'not_found'])
  }
  const stolen = { prompt: 'x', operation: 'edit', image: file }
  const edit = await producer.post('/v1/jobs', stolen, { authorization: `Bearer ${producer.otherKey}` })
  expect(edit.json()).toMatchObject({ status: 404, field: '/image' })
})

test('pages of jobs join without a gap, newest first, and metadata filters', async () => {
  const ids: string[] = []
  for (const page of [1, 2, 3])
    ids.unshift(
      (await producer.post('/v1/jobs', { prompt: 'x', metadata: { set: 'pages', page } })).json().id,
    )
  const first = (await producer.get('/v1/jobs?metadata.set=pages&limit=2')).json()
  const second = (
    await producer.get(`/v1/jobs?metadata.set=pages&limit=2&cursor=${first.next_cursor}`)
  ).json()
  expect([...first.data, ...second.data].map((job) => job.id)).toEqual(ids)
  expect(second.next_cursor).toBeNull()
  expect(
    (await producer.get('/v1/jobs?metadata.page=2')).json().data.map((job: { id: string }) => job.id),
  ).toEqual([ids[1]])
  expect((await producer.get('/v1/jobs?status=succeeded')).json().data).toEqual([])
})

test('prices are those of the rules, for the size that is asked', async () => {
  const { version, data } = (await producer.get('/v1/prices?size=1024x1024&operation=generate')).json()
  expect(version).toBeGreaterThan(0)
  const rows = data.map((row: unknown) => priceRowSchema.parse(row))
  const cost = (model: string) =>
    rows.find((row: { model: string; mode: string }) => row.model === model && row.mode === 'standard')
      ?.cost_per_image_usd
  expect(cost('stable-diffusion-3.5-turbo')).toBe('0.028')
  expect(cost('dall-e-4')).toBe('0.04')
  expect(rows.some((row: { cost_per_image_usd: string | null }) => row.cost_per_image_usd === null)).toBe(
    true,
  )
  const one = (await producer.get('/v1/prices?model=openai/dall-e-4&provider=openai&size=1024x1024')).json()
  expect(new Set(one.data.map((row: { model: string }) => row.model))).toEqual(new Set(['dall-e-4']))
})

test('the matrix has every cell that a model can make, with its cost by each measure, and no other', async () => {
  const { data } = (await producer.get('/v1/prices?matrix=true')).json()
  const cells = data.map((row: unknown) => priceRowSchema.strict().parse(row))
  const cell = (model: string, size: string, mode = 'standard') =>
    cells.find((row: (typeof cells)[0]) => row.model === model && row.size === size && row.mode === mode)
  expect(cell('dall-e-4', '1024x1024')).toMatchObject({
    cost_per_image_usd: '0.04',
    cost_per_megapixel_usd: '0.038146973',
    cost_per_step_usd: null,
  })
  expect(cell('dall-e-4', '1024x1024', 'turbo')?.cost_per_image_usd).toBe('0.052')
  expect(cell('dall-e-4', '2048x2048')?.cost_per_image_usd).toBe('0.12')
  // cut off at 768x768
  const claude = cells.filter((row: (typeof cells)[0]) => row.provider === 'anthropic')
  expect(claude.every((row: (typeof cells)[0]) => ['512x512', '768x768'].includes(row.size!))).toBe(true)
  const keys = cells.map((row: (typeof cells)[0]) => [row.rule_id, row.size, row.quality, row.mode].join())
  expect(new Set(keys).size).toBe(keys.length)
  expect((await producer.get('/v1/prices?view=matrix&model=dall-e-4&size=2048x2048')).json().data[0]).toEqual(
    cell('dall-e-4', '2048x2048'),
  )
})

test('providers show their limits as configured, and which have no key', async () => {
  const { data } = (await producer.get('/v1/providers')).json()
  const of = (id: string) => providerAnswerSchema.parse(data.find((one: { id: string }) => one.id === id))
  expect(of('replicate')).toMatchObject({ status: 'up', weight: 1, breaker: 'closed', simulated: true })
  expect(of('replicate').limits.requests_per_minute).toBe(300)
  expect(of('google').status).toBe('not_configured')
})

test('content types come with the hints that mean them', async () => {
  const { data } = (await producer.get('/v1/content-types')).json()
  expect(data).toHaveLength(11)
  expect(data).toContainEqual(expect.objectContaining({ label: 'portrait', groups: ['photorealistic'] }))
})

test('an operator makes keys and sets budgets; a project’s own key may not', async () => {
  const authorization = `Bearer ${producer.adminKey}`
  const made = await producer.post('/admin/v1/keys', { project: 'second' }, { authorization })
  expect(made.statusCode).toBe(201)
  const { key, project_id } = made.json()
  const budget = (payload: unknown, auth: string, id = project_id) =>
    producer.app.inject({
      method: 'PUT',
      url: `/admin/v1/budgets/${id}`,
      payload: payload as object,
      headers: { authorization: auth },
    })
  const set = await budget({ limit_usd: '12.5' }, authorization)
  expect(set.json()).toEqual({ project_id, limit_usd: '12.5', held_usd: '0', spent_usd: '0' })
  expect((await budget({ limit_usd: null }, authorization)).json().limit_usd).toBeNull()
  expect((await budget({ limit_usd: '-1' }, authorization)).json()).toMatchObject({
    status: 400,
    field: '/limit_usd',
  })
  expect((await budget({ limit_usd: null }, authorization, `prj_${'0'.repeat(32)}`)).statusCode).toBe(404)
  expect((await budget({ limit_usd: null }, `Bearer ${key}`)).statusCode).toBe(401)
  expect(
    (await producer.app.inject({ url: '/v1/jobs', headers: { authorization: `Bearer ${key}` } })).statusCode,
  ).toBe(200)
})

test('health, metrics, docs and the provider’s callback need no key', async () => {
  const open = (url: string) => producer.app.inject({ url })
  expect((await open('/health/live')).json()).toEqual({ live: true })
  expect((await open('/health/ready')).json()).toMatchObject({ ready: true })
  expect((await open('/metrics')).statusCode).toBe(200)
  expect((await open('/docs')).headers['content-type']).toContain('text/html')
  const callback = await producer.app.inject({
    method: 'POST',
    url: '/callbacks/provider?attempt=att_1',
    payload: { a: 1 },
  })
  expect(callback.statusCode).toBe(204)
})

test('the operator pauses, drains and resumes a provider; everybody is told, and every provider list says so', async () => {
  const admin = { authorization: `Bearer ${producer.adminKey}` }
  const say = (provider: string, verb: string) =>
    producer.app.inject({ method: 'POST', url: `/admin/v1/pools/${provider}/${verb}`, headers: admin })
  const told = new Promise<void>((resolve) => void producer.signals.subscribe('pools', () => resolve()))
  expect((await say('replicate', 'pause')).json()).toMatchObject({ id: 'replicate', status: 'paused' })
  await told
  const status = async () => {
    const { data } = (await producer.get('/v1/providers')).json()
    return data.find(({ id }: { id: string }) => id === 'replicate')
  }
  await expect.poll(status).toMatchObject({ status: 'paused', weight: 0 })
  expect((await say('replicate', 'drain')).json()).toMatchObject({ status: 'draining' })
  const { data } = (await producer.app.inject({ url: '/admin/v1/pools', headers: admin })).json()
  expect(data.map((pool: { id: string; status: string }) => [pool.id, pool.status])).toEqual([
    ['openai', 'active'],
    ['replicate', 'draining'],
    ['stability', 'active'],
  ])
  expect((await say('replicate', 'resume')).json()).toMatchObject({ status: 'active' })
  await expect.poll(status).toMatchObject({ status: 'up' })
  const unknown = await say('acme', 'pause')
  expect(unknown.json()).toMatchObject({
    status: 404,
    field: '/provider',
    limit: 'openai, replicate, stability',
  })
  expect((await producer.post('/admin/v1/pools/openai/pause', {})).statusCode).toBe(401)
})
