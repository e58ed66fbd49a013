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
      // those that are about something, or wait for a picture, are exercised in every-route.test.ts
      if (example === undefined || /^\/admin|[{]|images|batches/.test(path)) continue
      const answer = await producer.post(path, example, { 'content-type': type })
      expect(answer.statusCode, `${path} ${answer.body}`).toBe(
        Number(['201', '202', '200'].find((one) => one in operation.responses && one !== '200') ?? 200),
      )
    }
})
