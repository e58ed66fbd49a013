import { subscribableTypes } from '@halftone/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProducer, type TestProducer } from './testing/start-producer.ts'

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  webhooks: Record<
    string,
    {
      post: {
        parameters: { name: string }[]
        requestBody: { content: { 'application/json': { schema: { required: string[] } } } }
      }
    }
  >
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> }
}
interface Operation {
  operationId: string
  summary: string
  security: unknown[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema: unknown; example?: unknown }> }
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>
}

let producer: TestProducer
let document: Document
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
  document = (await producer.app.inject({ url: '/openapi.json' })).json()
})
afterAll(() => producer.stop())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )

test('the document is OpenAPI 3.1 and lists every route of this version, and none that is not built', () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  expect(
    operations()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([
    'DELETE /openai/v1/files/{id}',
    'DELETE /v1/webhook-endpoints/{id}',
    'GET /admin/v1/overruns',
    'GET /admin/v1/pools',
    'GET /admin/v1/price-events',
    'GET /admin/v1/price-quarantine',
    'GET /admin/v1/price-sources',
    'GET /admin/v1/quality',
    'GET /admin/v1/unknown',
    'GET /openai/v1/batches',
    'GET /openai/v1/batches/{id}',
    'GET /openai/v1/files',
    'GET /openai/v1/files/{id}',
    'GET /openai/v1/files/{id}/content',
    'GET /openai/v1/models',
    'GET /openai/v1/models/{model}',
    'GET /v1/bulk/{id}',
    'GET /v1/bulk/{id}/jobs',
    'GET /v1/bulk/{id}/manifest',
    'GET /v1/content-types',
    'GET /v1/events',
    'GET /v1/files/{id}',
    'GET /v1/files/{id}/content',
    'GET /v1/jobs',
    'GET /v1/jobs/{id}',
    'GET /v1/jobs/{id}/events',
    'GET /v1/mask-templates',
    'GET /v1/mask-templates/{name}/preview',
    'GET /v1/models',
    'GET /v1/models/{model}',
    'GET /v1/prices',
    'GET /v1/prices/history',
    'GET /v1/providers',
    'GET /v1/usage',
    'GET /v1/webhook-endpoints',
    'GET /v1/webhook-endpoints/{id}',
    'GET /v1/webhook-endpoints/{id}/deliveries',
    'PATCH /v1/bulk/{id}',
    'PATCH /v1/webhook-endpoints/{id}',
    'POST /admin/v1/keys',
    'POST /admin/v1/pools/{provider}/drain',
    'POST /admin/v1/pools/{provider}/pause',
    'POST /admin/v1/pools/{provider}/resume',
    'POST /admin/v1/price-quarantine/{id}/refuse',
    'POST /admin/v1/price-quarantine/{id}/release',
    'POST /admin/v1/quality',
    'POST /admin/v1/unknown/{attempt_id}/resolve',
    'POST /openai/v1/batches',
    'POST /openai/v1/batches/{id}/cancel',
    'POST /openai/v1/files',
    'POST /openai/v1/images/edits',
    'POST /openai/v1/images/generations',
    'POST /openai/v1/images/variations',
    'POST /v1/bulk',
    'POST /v1/bulk/{id}/cancel',
    'POST /v1/bulk/{id}/pause',
    'POST /v1/bulk/{id}/resume',
    'POST /v1/bulk/{id}/retry-failed',
    'POST /v1/files',
    'POST /v1/images/edits',
    'POST /v1/images/generations',
    'POST /v1/images/variations',
    'POST /v1/jobs',
    'POST /v1/jobs/{id}/cancel',
    'POST /v1/quotes',
    'POST /v1/webhook-endpoints',
    'POST /v1/webhook-endpoints/{id}/enable',
    'POST /v1/webhook-endpoints/{id}/pause',
    'POST /v1/webhook-endpoints/{id}/replay',
    'POST /v1/webhook-endpoints/{id}/rotate',
    'POST /v1/webhook-endpoints/{id}/test',
    'PUT /admin/v1/budgets/{project_id}',
    'PUT /admin/v1/price-rules/{rule_id}',
  ])
})

test('every operation has a name of its own, its path parameters, its security, and typed answers and refusals', () => {
  const names = operations().map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
  for (const { path, name, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const described = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name)
    expect(described, name).toEqual(inPath)
    expect(operation.security?.length, name).toBeGreaterThan(0)
    expect(operation.summary, name).toBeTruthy()
    const statuses = Object.keys(operation.responses)
    expect(
      statuses.some((status) => status.startsWith('2')),
      name,
    ).toBe(true)
    // one with no way to show a key refuses nobody for lack of it
    if (JSON.stringify(operation.security) !== '[{}]') expect(statuses, name).toContain('401')
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status === '204') continue
      const refusal = /^\/openai\/|\/(images|models)/.test(path)
        ? 'application/json'
        : 'application/problem+json'
      const type = status.startsWith('2') ? undefined : refusal
      const content = response.content ?? {}
      expect(type ? Object.keys(content) : Object.keys(content).length > 0, `${name} ${status}`).toEqual(
        type ? [type] : true,
      )
    }
  }
})

test('the webhooks section describes each event that an endpoint may get, with its signature', () => {
  expect(Object.keys(document.webhooks)).toEqual([
    ...subscribableTypes,
    'endpoint.challenge',
    'endpoint.test',
  ])
  for (const { post } of Object.values(document.webhooks)) {
    expect(post.parameters.map(({ name }) => name)).toEqual([
      ...['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    ])
    expect(post.requestBody.content['application/json'].schema.required).toContain('data')
  }
})

test('every reference leads to a schema that is there', () => {
  const refs = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
  const names = new Set([...refs].map((match) => match[1]!))
  expect(names.size).toBeGreaterThan(3)
  for (const name of names) expect(document.components.schemas, name).toHaveProperty(name)
})

test('the examples of bodies are accepted as they stand', async () => {
  for (const { operation, path } of operations())
    for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
      if (example === undefined || path.startsWith('/admin')) continue
      const answer = await producer.post(path, example, { 'content-type': type })
      expect(answer.statusCode, `${path} ${answer.body}`).toBe(
        Number(['201', '202', '200'].find((one) => one in operation.responses && one !== '200') ?? 200),
      )
    }
})
