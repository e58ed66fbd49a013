import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { form, greyPng } from './testing/pictures.ts'
import { type Given, prepareRoutes, ruleId as rule } from './testing/prepare-routes.ts'
import { type Answer, startProducer, type TestProducer } from './testing/start-producer.ts'

interface Operation {
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, { content?: Record<string, { example?: unknown }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

let producer: TestProducer
let document: Document
let given: Given
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference', syncTimeoutMs: 50 })
  document = (await producer.app.inject({ url: '/openapi.json' })).json()
  given = await prepareRoutes(producer)
})
afterAll(async () => {
  producer.app.server.closeAllConnections()
  await producer.stop()
})

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Seen = Pick<Answer, 'statusCode' | 'headers' | 'body'>
const ask = (method: Method, url: string, payload?: object, key = producer.key): Promise<Answer> =>
  producer.app.inject({ method, url, payload, headers: { authorization: `Bearer ${key}` } })
const admin = (method: Method, url: string, payload?: object) =>
  ask(method, `/admin/v1${url}`, payload, producer.adminKey)
const multipart = (url: string, fields: Record<string, string | Buffer>) => {
  const { body, headers } = form(fields)
  return producer.post(url, body, headers)
}
const prompt = 'a red kite'

/** Each documented operation, and how it answers. */
const calls: Record<string, { status: number; call: () => Promise<Seen> }> = {
  'POST /v1/jobs': { status: 202, call: () => ask('POST', '/v1/jobs', { prompt }) },
  'GET /v1/jobs': { status: 200, call: () => ask('GET', '/v1/jobs?limit=1') },
  'GET /v1/jobs/{id}': { status: 200, call: () => ask('GET', `/v1/jobs/${given.job}`) },
  'POST /v1/jobs/{id}/cancel': { status: 200, call: () => ask('POST', `/v1/jobs/${given.job}/cancel`) },
  'GET /v1/jobs/{id}/events': { status: 200, call: () => ask('GET', `/v1/jobs/${given.job}/events`) },
  'POST /v1/bulk': { status: 202, call: () => ask('POST', '/v1/bulk', { jobs: [{ prompt }] }) },
  'GET /v1/bulk/{id}': { status: 200, call: () => ask('GET', `/v1/bulk/${given.bulk}`) },
  'PATCH /v1/bulk/{id}': {
    status: 200,
    call: () => ask('PATCH', `/v1/bulk/${given.bulk}`, { priority: 1 }),
  },
  'GET /v1/bulk/{id}/jobs': { status: 200, call: () => ask('GET', `/v1/bulk/${given.bulk}/jobs?limit=1`) },
  'GET /v1/bulk/{id}/manifest': { status: 200, call: () => ask('GET', `/v1/bulk/${given.bulk}/manifest`) },
  'POST /v1/bulk/{id}/pause': { status: 200, call: () => ask('POST', `/v1/bulk/${given.bulk}/pause`) },
  'POST /v1/bulk/{id}/resume': { status: 200, call: () => ask('POST', `/v1/bulk/${given.bulk}/resume`) },
  'POST /v1/bulk/{id}/cancel': { status: 200, call: () => ask('POST', `/v1/bulk/${given.bulk}/cancel`) },
  'POST /v1/bulk/{id}/retry-failed': {
    status: 202,
    call: () => ask('POST', `/v1/bulk/${given.bulk}/retry-failed`, { statuses: ['canceled'] }),
  },
  'POST /v1/quotes': { status: 200, call: () => ask('POST', '/v1/quotes', { prompt }) },
  'POST /v1/files': {
    status: 201,
    call: () => multipart('/v1/files', { purpose: 'image', file: greyPng(8, 8) }),
  },
  'GET /v1/files/{id}': { status: 200, call: () => ask('GET', `/v1/files/${given.file}`) },
  'GET /v1/files/{id}/content': { status: 200, call: () => ask('GET', `/v1/files/${given.file}/content`) },
  'GET /v1/prices': { status: 200, call: () => ask('GET', '/v1/prices?size=1024x1024') },
  'GET /v1/prices/history': { status: 200, call: () => ask('GET', `/v1/prices/history?rule_id=${rule}`) },
  'GET /v1/providers': { status: 200, call: () => ask('GET', '/v1/providers') },
  'GET /v1/content-types': { status: 200, call: () => ask('GET', '/v1/content-types') },
  'GET /v1/mask-templates': { status: 200, call: () => ask('GET', '/v1/mask-templates') },
  'GET /v1/mask-templates/{name}/preview': { status: 200, call: previewMask },
  'GET /v1/usage': { status: 200, call: () => ask('GET', '/v1/usage?group_by=status') },
  'GET /v1/events': { status: 200, call: openEvents },
  'POST /v1/webhook-endpoints': {
    status: 201,
    call: () => ask('POST', '/v1/webhook-endpoints', { url: 'https://hooks.example.com/more' }),
  },
  'GET /v1/webhook-endpoints': { status: 200, call: () => ask('GET', '/v1/webhook-endpoints') },
  'GET /v1/webhook-endpoints/{id}': { status: 200, call: () => endpoint('GET', '') },
  'PATCH /v1/webhook-endpoints/{id}': { status: 200, call: () => endpoint('PATCH', '', { mode: 'both' }) },
  'POST /v1/webhook-endpoints/{id}/test': { status: 202, call: () => endpoint('POST', '/test') },
  'POST /v1/webhook-endpoints/{id}/rotate': { status: 200, call: () => endpoint('POST', '/rotate') },
  'GET /v1/webhook-endpoints/{id}/deliveries': { status: 200, call: () => endpoint('GET', '/deliveries') },
  'POST /v1/webhook-endpoints/{id}/replay': {
    status: 202,
    call: () => endpoint('POST', '/replay', { missing_since: '2026-01-01T00:00:00Z' }),
  },
  'POST /v1/webhook-endpoints/{id}/pause': { status: 200, call: () => endpoint('POST', '/pause') },
  'POST /v1/webhook-endpoints/{id}/enable': { status: 200, call: () => endpoint('POST', '/enable') },
  'DELETE /v1/webhook-endpoints/{id}': { status: 204, call: () => endpoint('DELETE', '') },
  ...openAiBatches(),
  ...openAi('/v1'),
  ...openAi('/openai/v1'),
  'POST /admin/v1/keys': { status: 201, call: () => admin('POST', '/keys', { project: 'spring' }) },
  'PUT /admin/v1/budgets/{project_id}': {
    status: 200,
    call: () => admin('PUT', `/budgets/${producer.projectId}`, { limit_usd: '250' }),
  },
  'PUT /admin/v1/price-rules/{rule_id}': {
    status: 200,
    call: () => admin('PUT', `/price-rules/${encodeURIComponent(rule)}`, { amount_usd: '0.035' }),
  },
  'GET /admin/v1/price-quarantine': { status: 200, call: () => admin('GET', '/price-quarantine') },
  'POST /admin/v1/price-quarantine/{id}/release': { status: 200, call: () => decide('release') },
  'POST /admin/v1/price-quarantine/{id}/refuse': { status: 200, call: () => decide('refuse') },
  'GET /admin/v1/price-events': { status: 200, call: () => admin('GET', '/price-events?limit=2') },
  'GET /admin/v1/price-sources': { status: 200, call: () => admin('GET', '/price-sources') },
  'GET /admin/v1/overruns': { status: 200, call: () => admin('GET', '/overruns') },
  'GET /admin/v1/pools': { status: 200, call: () => admin('GET', '/pools') },
  'POST /admin/v1/pools/{provider}/pause': { status: 200, call: () => admin('POST', '/pools/openai/pause') },
  'POST /admin/v1/pools/{provider}/drain': { status: 200, call: () => admin('POST', '/pools/openai/drain') },
  'POST /admin/v1/pools/{provider}/resume': {
    status: 200,
    call: () => admin('POST', '/pools/openai/resume'),
  },
  'GET /admin/v1/quality': { status: 200, call: () => admin('GET', '/quality') },
  'POST /admin/v1/quality': { status: 200, call: () => admin('POST', '/quality', qualityExample()) },
  'GET /admin/v1/unknown': { status: 200, call: () => admin('GET', '/unknown') },
  'POST /admin/v1/unknown/{attempt_id}/resolve': {
    status: 200,
    call: () => admin('POST', `/unknown/${given.attempt}/resolve`, { outcome: 'free', note: 'no such call' }),
  },
}

/** No worker is here, so that pictures are late, and nobody here edits: what a call is then told is documented too. */
function openAi(door: string): typeof calls {
  const picture = greyPng(1024, 1024)
  const image = { image: picture, prompt, model: 'dall-e-4' }
  return {
    [`POST ${door}/images/generations`]: {
      status: 504,
      call: () => ask('POST', `${door}/images/generations`, { prompt, model: 'auto' }),
    },
    [`POST ${door}/images/edits`]: { status: 400, call: () => multipart(`${door}/images/edits`, image) },
    [`POST ${door}/images/variations`]: {
      status: 400,
      call: () => multipart(`${door}/images/variations`, { image: picture }),
    },
    [`GET ${door}/models`]: { status: 200, call: () => ask('GET', `${door}/models`) },
    [`GET ${door}/models/{model}`]: { status: 200, call: () => ask('GET', `${door}/models/dall-e-4`) },
  }
}

function openAiBatches(): typeof calls {
  const [files, batches] = ['/openai/v1/files', '/openai/v1/batches']
  const order = () => ({
    ...{ input_file_id: given.batchFile, endpoint: '/v1/images/generations', completion_window: '24h' },
  })
  return {
    [`POST ${files}`]: {
      status: 200,
      call: () => multipart(files, { purpose: 'batch', file: Buffer.from('{}') }),
    },
    [`GET ${files}`]: { status: 200, call: () => ask('GET', files) },
    [`GET ${files}/{id}`]: { status: 200, call: () => ask('GET', `${files}/${given.batchFile}`) },
    [`GET ${files}/{id}/content`]: {
      status: 200,
      call: () => ask('GET', `${files}/${given.batchFile}/content`),
    },
    [`POST ${batches}`]: { status: 200, call: () => ask('POST', batches, order()) },
    [`GET ${batches}`]: { status: 200, call: () => ask('GET', batches) },
    [`GET ${batches}/{id}`]: { status: 200, call: () => ask('GET', `${batches}/${given.batch}`) },
    [`POST ${batches}/{id}/cancel`]: {
      status: 200,
      call: () => ask('POST', `${batches}/${given.batch}/cancel`),
    },
    [`DELETE ${files}/{id}`]: { status: 200, call: () => ask('DELETE', `${files}/${given.batchFile}`) },
  }
}

const endpoint = (method: Method, path: string, payload?: object) =>
  ask(method, `/v1/webhook-endpoints/${given.endpoint}${path}`, payload)
const decide = (verb: string) => admin('POST', `/price-quarantine/${given.held.pop()}/${verb}`)

const qualityExample = (): object => {
  const { example } = operationOf('POST /admin/v1/quality').requestBody!.content['application/json']!
  return example as object
}

async function previewMask(): Promise<Answer> {
  const { data } = (await ask('GET', '/v1/mask-templates')).json()
  return ask('GET', new URL(data[0].preview_url, given.base).pathname)
}

async function openEvents(): Promise<Seen> {
  const gone = new AbortController()
  const headers = { authorization: `Bearer ${producer.key}` }
  const response = await fetch(`${given.base}/v1/events`, { headers, signal: gone.signal })
  gone.abort()
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: '' }
}

/** For machines that do not read documents: probes, scrapers, the page itself, providers. */
const hidden = [
  ...['GET /docs', 'GET /docs/', 'GET /docs/*', 'GET /docs/json', 'GET /docs/yaml', 'GET /openapi.json'],
  ...['GET /docs/static/index.html', 'GET /docs/static/swagger-initializer.js'],
  ...['GET /health/live', 'GET /health/ready', 'GET /metrics', 'POST /callbacks/provider'],
  // ids with slashes in them
  ...['GET /v1/models*', 'GET /openai/v1/models*'],
]

/** As the server itself tells its routes: a tree, each line four columns deeper than what it goes on from. */
function registered(): string[] {
  const above: string[] = []
  return producer.app
    .printRoutes({ commonPrefix: false })
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', path = '', methods = ''] = /^([│├└─ ]*)(\S+) \((.*)\)$/.exec(line) ?? []
      const depth = indent.length / 4
      above.splice(depth - 1, above.length, (above[depth - 2] ?? '') + path)
      const whole = (above.at(-1) ?? '').replaceAll(/:(\w+)/g, '{$1}')
      return methods.split(', ').flatMap((method) => (method === 'HEAD' ? [] : `${method} ${whole}`))
    })
}

const documented = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
const operationOf = (name: string): Operation => {
  const [method = '', path = ''] = name.split(' ')
  return document.paths[path]![method.toLowerCase()]!
}

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate({ ...structuredClone(document) })
  expect([result.valid, result.errors]).toEqual([true, undefined])
})

test('every route that the server has is documented, and exercised here', () => {
  expect(registered().toSorted()).toEqual([...documented(), ...hidden].toSorted())
  expect(Object.keys(calls).toSorted()).toEqual(documented().toSorted())
})

test.each(Object.keys(calls))('%s answers as documented', async (name) => {
  const { status, call } = calls[name]!
  const answer = await call()
  expect([answer.statusCode, answer.body.slice(0, 500)]).toEqual([status, expect.anything()])
  const { content = {} } = operationOf(name).responses[status]!
  const type = String(answer.headers['content-type'] ?? '').split(';')[0]
  if (status !== 204) expect(Object.keys(content)).toContain(type)
})

test('every answer in JSON, and every body that is asked for, has an example', () => {
  const bare = documented().flatMap((name) => {
    const { requestBody, responses } = operationOf(name)
    const [ok = ''] = Object.keys(responses).filter((status) => status.startsWith('2'))
    const parts = { body: requestBody?.content ?? {}, answer: responses[ok]?.content ?? {} }
    return Object.entries(parts).flatMap(([part, content]) => {
      const json = content['application/json']
      return json && json.example === undefined ? [`${name}: ${part}`] : []
    })
  })
  expect(bare).toEqual([])
})
