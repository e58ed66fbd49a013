import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Stack, startStack } from './stack.ts'

let dir: string
let stack: Stack
let openai: OpenAI
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-openai-batch-'))
  stack = await startStack({
    dir,
    port: 0,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HALFTONE_SIMULATE: '1',
      HALFTONE_SIM_LATENCY: '0',
      // a day of batches is forty-eight seconds
      HALFTONE_BATCH_HOUR_MS: '2000',
      HALFTONE_BATCH_RESERVE_MS: '20000',
      HALFTONE_LOT_COLLECT_MS: '500',
      HALFTONE_LOT_POLL_MS: '200',
    },
    say: () => {},
    onLine: () => {},
  })
  openai = new OpenAI({ baseURL: `${stack.api}/openai/v1`, apiKey: stack.key })
}, 90_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

const url = '/v1/images/generations'
const lineOf = (custom_id: string, body: object, more: object = {}) => ({
  custom_id,
  method: 'POST',
  url,
  body,
  ...more,
})
const generate = { model: 'gpt-image-1.5', prompt: 'A quiet lake at dawn', size: '1024x1024', quality: 'low' }
const upload = async (lines: (object | string)[]) => {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  return openai.files.create({ file: await toFile(Buffer.from(text), 'lines.jsonl'), purpose: 'batch' })
}
const start = async (
  lines: (object | string)[],
  endpoint: '/v1/images/generations' | '/v1/images/edits' = url,
) =>
  openai.batches.create({
    input_file_id: (await upload(lines)).id,
    endpoint,
    completion_window: '24h',
    metadata: { night: 'one' },
  })
const untilEnded = async (id: string) => {
  for (;;) {
    const batch = await openai.batches.retrieve(id)
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch
    await wait(200)
  }
}
const outputSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.int(), body: z.looseObject({}) }).nullable(),
  error: z.object({ code: z.string() }).nullable(),
})
const linesIn = async (fileId: string | null | undefined) => {
  const text = await (await openai.files.content(fileId ?? '')).text()
  const lines = text
    .trim()
    .split('\n')
    .map((line) => outputSchema.parse(JSON.parse(line)))
  return { text, byId: new Map(lines.map((line) => [line.custom_id, line])) }
}

test('the openai package drives files, batches and results unchanged; the lines go through lots at half the price', {
  timeout: 60_000,
}, async () => {
  const begun = await start([
    lineOf('one', generate),
    lineOf('two', { ...generate, n: 2 }),
    lineOf('odd', { ...generate, seed: 7 }),
    lineOf('nobody', { ...generate, model: 'no-such-model' }),
  ])
  expect(begun).toMatchObject({ object: 'batch', status: 'validating', metadata: { night: 'one' } })
  const batch = await untilEnded(begun.id)
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 4, completed: 2, failed: 2 } })

  const output = await linesIn(batch.output_file_id)
  expect([...output.byId.keys()].sort()).toEqual(['one', 'two'])
  const images = z.object({ data: z.array(z.object({ b64_json: z.string() })) })
  const two = images.parse(output.byId.get('two')?.response?.body)
  expect(two.data).toHaveLength(2)
  const { width, format } = await sharp(Buffer.from(two.data[1]?.b64_json ?? '', 'base64')).metadata()
  expect({ width, format }).toEqual({ width: 1024, format: 'png' })
  const file = await openai.files.retrieve(batch.output_file_id ?? '')
  expect(file).toMatchObject({
    purpose: 'batch_output',
    bytes: Buffer.byteLength(output.text),
    status: 'processed',
  })

  const errors = await linesIn(batch.error_file_id)
  expect(errors.byId.get('odd')?.response).toMatchObject({
    status_code: 400,
    body: { error: { param: 'seed' } },
  })
  expect(errors.byId.get('nobody')?.response?.body).toMatchObject({ error: { code: 'model_not_found' } })

  const books = await (await fetch(`${stack.simulator}/books`)).json()
  // 272 output tokens at $32 a million and 5 of text at $5, halved: once, and once for two pictures
  const nano = z
    .object({ entries: z.array(z.object({ nano: z.number(), n: z.number() })) })
    .parse(books).entries
  expect(nano.map((entry) => entry.n).sort()).toEqual([1, 2])
  for (const entry of nano) expect(Math.abs(entry.nano * 2 - entry.n * 272 * 32_000)).toBeLessThan(100_000)
})

test('edits travel as data URLs; a batch that is canceled keeps what is done', {
  timeout: 60_000,
}, async () => {
  const picture = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#468' } })
    .png()
    .toBuffer()
  const images = [{ image_url: `data:image/png;base64,${picture.toString('base64')}` }]
  const edit = { ...generate, prompt: 'Make it evening', images }
  const begun = await start([lineOf('edit', edit, { url: '/v1/images/edits' })], '/v1/images/edits')
  const batch = await untilEnded(begun.id)
  expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 1, completed: 1, failed: 0 } })

  const other = await start([lineOf('late', generate)])
  const canceled = await openai.batches.cancel(other.id)
  expect(['cancelling', 'cancelled']).toContain(canceled.status)
  const { status, request_counts } = await untilEnded(other.id)
  expect(status).toBe('cancelled')
  expect(request_counts?.total).toBe((request_counts?.completed ?? 0) + (request_counts?.failed ?? 0))
})

test('a file that is not as OpenAI documents ends its batch, with the line and the reason, and nothing is held', {
  timeout: 30_000,
}, async () => {
  const failed = async (...lines: (object | string)[]) => {
    const batch = await untilEnded((await start(lines)).id)
    expect(batch).toMatchObject({ status: 'failed', output_file_id: null })
    return batch.errors?.data?.map(({ code, line }) => [code, line])
  }
  expect(await failed(lineOf('a', generate), '{"custom_id":')).toEqual([['invalid_json_line', 2]])
  expect(await failed(lineOf('a', generate), lineOf('a', generate))).toEqual([['duplicate_custom_id', 2]])
  expect(await failed(lineOf('a', generate, { url: '/v1/chat/completions' }))).toEqual([['invalid_url', 1]])
  expect(await failed({ method: 'POST', url, body: generate })).toEqual([['missing_required_parameter', 1]])
  expect(await failed('\n')).toEqual([['empty_file', null]])
  const purpose = openai.files.create({
    file: await toFile(Buffer.from('{}'), 'x.jsonl'),
    purpose: 'fine-tune',
  })
  await expect(purpose).rejects.toMatchObject({ status: 400, param: 'purpose' })
  const unknown = openai.batches.create({
    input_file_id: 'file-none',
    endpoint: url,
    completion_window: '24h',
  })
  await expect(unknown).rejects.toMatchObject({ status: 400, param: 'input_file_id' })
  await expect(openai.batches.retrieve('batch_none')).rejects.toMatchObject({ status: 404 })
})

test('files are listed and deleted, and the end of a batch is told in OpenAI’s words', {
  timeout: 60_000,
}, async () => {
  const file = await upload([lineOf('a', generate)])
  const listed = await openai.files.list({ purpose: 'batch' })
  expect(listed.data.map(({ id }) => id)).toContain(file.id)
  expect(await (await openai.files.content(file.id)).text()).toContain('"custom_id":"a"')

  const told = Promise.withResolvers<{ headers: Record<string, unknown>; body: string }>()
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    response.writeHead(204).end()
    told.resolve({ headers: request.headers, body })
  })
  await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready))
  const { port } = receiver.address() as AddressInfo
  const batch = await openai.post<{ id: string }>('/batches', {
    body: {
      input_file_id: file.id,
      endpoint: url,
      completion_window: '24h',
      halftone: { webhook: { url: `http://127.0.0.1:${port}/` } },
    },
  })
  const { headers, body } = await told.promise
  receiver.close()
  const event = await openai.webhooks.unwrap(
    body,
    new Headers(headers as Record<string, string>),
    stack.webhookSecret,
  )
  expect(event).toMatchObject({ object: 'event', type: 'batch.completed', data: { id: batch.id } })
  expect((await openai.batches.list()).data.map(({ id }) => id)).toContain(batch.id)
  expect(await openai.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true })
  await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 })
})
