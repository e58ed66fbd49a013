import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Stack, startStack } from '@halftone/local'
import { HumanMessage, isToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { createProviderRegistry, generateImage } from 'ai'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHalftone } from './ai-sdk.ts'
import { ImageGenerationClient } from './image-generation-client.ts'
import { createImageRunnable, HalftoneImageTool } from './langchain.ts'
import { verifyWebhook } from './verify-webhook.ts'
import type { JobAnswer, JobInput, WebhookBody } from './wire.ts'

let dir: string
let stack: Stack
let client: ImageGenerationClient
beforeAll(async () => {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
  const play = { HALFTONE_SIMULATE: '1', HALFTONE_SIM_LATENCY: '0', HALFTONE_CATALOGUE: 'reference' }
  dir = await mkdtemp(join(tmpdir(), 'halftone-client-'))
  stack = await startStack({
    ...{ dir, port: 0, env: { PATH, HOME, NODE_COMPILE_CACHE, ...play } },
    say: () => {},
    onLine: () => {},
  })
  client = new ImageGenerationClient({ baseUrl: stack.api, apiKey: stack.key })
}, 120_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 60_000)

const png = [0x89, 0x50, 0x4e, 0x47]
const size = '1024x1024'

/** 1024×1024, and a hole of 160,000 pixels in it. */
async function pictures() {
  const canvas = { width: 1024, height: 1024, channels: 3 as const }
  const white = { width: 400, height: 400, channels: 3 as const, background: 'white' }
  const hole = await sharp({ create: white }).png().toBuffer()
  const holes = [{ input: hole, left: 100, top: 100 }]
  const image = sharp({ create: { ...canvas, background: '#336699' } }).png()
  const mask = sharp({ create: { ...canvas, background: 'black' } })
    .composite(holes)
    .png()
  return { image: new Uint8Array(await image.toBuffer()), mask: new Uint8Array(await mask.toBuffer()) }
}

/** All jobs of the project with this metadata. */
async function jobsWith(run: string): Promise<JobAnswer[]> {
  const jobs: JobAnswer[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const url = `${stack.api}/v1/jobs?limit=1000&metadata.run=${run}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const response = await fetch(url, { headers: { authorization: `Bearer ${stack.key}` } })
    const page: { data: JobAnswer[]; next_cursor: string | null } = JSON.parse(await response.text())
    jobs.push(...page.data)
    cursor = page.next_cursor
  }
  return jobs
}

test('generate: a picture with its link, its bytes, its cost and why', async () => {
  const made = await client.generate({ prompt: 'a red kite over a field', size })
  expect(made).toMatchObject({ status: 'succeeded', cost_usd: expect.stringMatching(/^0\.\d+$/) })
  expect(made.why?.summary).toContain('cheapest')
  const [picture] = made.images
  const bytes = await picture!.download()
  expect([...bytes.subarray(0, 4)]).toEqual(png)
  expect(bytes).toHaveLength(picture!.bytes)
  const linked = await fetch(picture!.url)
  expect(linked.status, 'the link needs no key').toBe(200)
})

test('edit: picture and mask are given as bytes; a quote comes first, and binds', async () => {
  const { image, mask } = await pictures()
  const uploaded = await client.upload(image)
  const masked = await client.upload(mask, { purpose: 'mask', maskEdits: 'white' })
  expect(masked.masked_pixels).toBe(160_000)
  const asked = { prompt: 'a new lamp', image: uploaded.id, mask: masked.id }
  const quote = await client.quote({ ...asked, operation: 'edit' })
  const made = await client.edit({ ...asked, quote_id: quote.id })
  expect(made.cost_usd).toBe(quote.choice?.cost_usd)
  const again = await client.edit({
    prompt: 'a new lamp',
    image,
    mask: new Blob([mask]),
  })
  expect(again.cost_usd, 'the same mask, uploaded on the way').toBe(made.cost_usd)
})

test('a submission whose answer is cut off is sent again, and makes no second job', async () => {
  let cuts = 0
  const lossy: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (init?.method !== 'POST' || cuts >= 2) return response
    cuts++
    await response.body?.cancel()
    throw new TypeError('terminated')
  }
  const cutOff = new ImageGenerationClient({ baseUrl: stack.api, apiKey: stack.key, fetch: lossy })
  const made = await cutOff.generate({ prompt: 'a paper boat', size, metadata: { run: 'cut' } })
  expect(cuts).toBe(2)
  expect((await jobsWith('cut')).map(({ id }) => id)).toEqual([made.id])
})

test('what cannot be is told with field, limit and cure', async () => {
  await expect(client.submit({ prompt: 'x', size: '20000x20000' })).rejects.toMatchObject({
    ...{ name: 'HalftoneError', status: expect.any(Number), field: '/size', next: expect.any(String) },
  })
  const stranger = new ImageGenerationClient({ baseUrl: stack.api, apiKey: 'nobody' })
  await expect(stranger.submit({ prompt: 'x' })).rejects.toMatchObject({ status: 401, code: 'unauthorized' })
})

test('what happens in the project is streamed with the place to go on from', async () => {
  const abort = new AbortController()
  const events = client.projectEvents({ types: ['image.job.succeeded'], signal: abort.signal })
  const next = events.next()
  // the stream tells what happens from its opening on
  let made: string[] = []
  const making = (async () => {
    while (!abort.signal.aborted) made = [...made, (await client.generate({ prompt: 'a bell', size })).id]
  })()
  const { value } = await next
  abort.abort()
  await making
  expect(value).toMatchObject({ id: expect.any(String), event: { type: 'image.job.succeeded' } })
  expect(made).toContain(value?.event.data.job_id)
})

test('cancel and events: a job that waits is canceled, and its stream tells that and ends', async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const { id } = await client.submit({ prompt: 'tomorrow', size, run_at: later })
  const told: string[] = []
  for await (const { type, data } of client.events(id)) {
    told.push(type)
    if (told.length === 1) await client.cancel(id)
    if (type === 'image.job.canceled') expect(data).toMatchObject({ job_id: id, status: 'canceled' })
  }
  expect(told[0]).toBe('image.job.updated')
  expect(told.at(-1)).toBe('image.job.canceled')
})

test('5,000 by submitMany, stopped midway and started again: every job once', async () => {
  const later = new Date(Date.now() + 7_200_000).toISOString()
  async function* schedule(words = 'post'): AsyncGenerator<JobInput> {
    for (let i = 0; i < 5_000; i++)
      yield { prompt: `${words} ${i}`, size, run_at: later, metadata: { run: 'many', place: i } }
  }
  const first: (string | null)[] = []
  for await (const bulk of client.submitMany(schedule(), { run: 'night' })) {
    first.push(bulk.id)
    if (first.length === 4) break
  }
  const progress: number[] = []
  const bulks = []
  const again = client.submitMany(schedule(), {
    run: 'night',
    onProgress: (one) => progress.push(one.accepted),
  })
  for await (const bulk of again) bulks.push(bulk)
  expect(bulks.slice(0, 4).map(({ id }) => id)).toEqual(first)
  expect(progress.at(-1)).toBe(5_000)
  const places = (await jobsWith('many')).map(({ metadata }) => metadata.place)
  expect(places).toHaveLength(5_000)
  expect(new Set(places).size).toBe(5_000)
  const other = client.submitMany(schedule('another'), { run: 'night' })
  await expect(other.next()).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  for (const { id } of bulks) await client.cancelBulk(id!)
  expect((await client.pauseBulk(bulks[0]!.id!)).status, 'it has ended').toBe('canceled')
  await expect(client.retryFailed(bulks[0]!.id!)).rejects.toMatchObject({ status: 422 })
}, 60_000)

test('submitMany until all have ended tells pictures and money', async () => {
  const jobs = Array.from({ length: 12 }, (_, i) => ({ prompt: `kite ${i}`, size }))
  let spent = '0'
  const options = {
    size: 6,
    until: 'ended',
    onProgress: ({ cost_usd }: { cost_usd: string }) => (spent = cost_usd),
  } as const
  const pictures = []
  const bulks: string[] = []
  for await (const { id, ended } of client.submitMany(jobs, options)) {
    bulks.push(id!)
    expect(ended?.counts.succeeded).toBe(6)
    for await (const { images } of client.bulkJobs(id!)) pictures.push(...images)
  }
  expect(pictures).toHaveLength(12)
  expect(Number(spent)).toBeGreaterThan(0)
  const { total, data } = await client.usage({ groupBy: ['bulk', 'status'] })
  expect(data.filter(({ bulk }) => bulks.includes(String(bulk))).map(({ jobs }) => jobs)).toEqual([6, 6])
  expect(Number(total.cost_usd)).toBeGreaterThanOrEqual(Number(spent))
})

test('a delivered webhook is verified by the client', async () => {
  const received = Promise.withResolvers<WebhookBody>()
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    verifyWebhook(new Uint8Array(body), request.headers, stack.webhookSecret).then(
      received.resolve,
      received.reject,
    )
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const made = await client.generate({ prompt: 'a bell', size, webhook: { url } })
  expect(await received.promise).toMatchObject({ type: 'image.job.succeeded', data: { job_id: made.id } })
  server.close()
})

test('generateImage of the AI SDK makes, pins and edits pictures through Halftone', async () => {
  const halftone = createHalftone({ baseUrl: stack.api, apiKey: stack.key })
  const made = await generateImage({
    model: halftone.image('auto'),
    prompt: 'a lighthouse',
    size,
    providerOptions: { halftone: { budget: { max_cost_per_image_usd: '0.05' }, metadata: { run: 'sdk' } } },
  })
  expect([...made.image.uint8Array.subarray(0, 4)]).toEqual(png)
  const [facts] = made.providerMetadata.halftone?.images ?? []
  const [job] = await jobsWith('sdk')
  expect(facts).toMatchObject({ job_id: job?.id, job_cost_usd: job?.cost_usd })

  // it would print the warning that is looked at below
  globalThis.AI_SDK_LOG_WARNINGS = false
  const registry = createProviderRegistry({ halftone })
  const pinned = await generateImage({
    model: registry.imageModel('halftone:openai/dall-e-4'),
    prompt: 'a lighthouse',
    size,
    aspectRatio: '1:1',
  })
  expect(pinned.responses[0]?.modelId).toBe('openai/dall-e-4')
  expect(pinned.warnings).toMatchObject([{ type: 'unsupported', feature: 'aspectRatio' }])

  const { mask } = await pictures()
  const prompt = { images: [made.image.uint8Array], text: 'at night', mask }
  const edited = await generateImage({ model: halftone.image('auto'), prompt })
  expect((await client.job(String(edited.responses[0]?.headers?.['x-halftone-job-id']))).operation).toBe(
    'edit',
  )
})

test('a field that is no field of a job is refused by its name, not dropped', async () => {
  const { image } = createHalftone({ baseUrl: stack.api, apiKey: stack.key })
  const call = generateImage({
    model: image('auto'),
    prompt: 'x',
    providerOptions: { halftone: { stile: 'vivid' } },
  })
  await expect(call).rejects.toMatchObject({
    code: 'invalid_request',
    field: expect.stringContaining('stile'),
  })
})

test('a LangChain agent’s tool call makes a picture through Halftone, within the budget that the operator set', async () => {
  const paint = new HalftoneImageTool({
    client,
    job: { budget: { max_cost_usd: '0.05' }, metadata: { run: 'agent' } },
  })
  const model = fakeModel()
    .respondWithTools([{ name: 'generate_image', args: { prompt: 'a lighthouse', size }, id: 'call_1' }])
    .respond((messages) => messages.at(-1)!)
  const asked = [new HumanMessage('Paint me a lighthouse')]
  const reply = await model.bindTools([paint]).invoke(asked)
  const message = await paint.invoke({ ...reply.tool_calls![0]!, type: 'tool_call' })
  if (!isToolMessage(message)) throw new Error('not a tool message')
  const [job] = await jobsWith('agent')
  expect(JSON.parse(message.text)).toMatchObject({
    job_id: job?.id,
    cost_usd: job?.cost_usd,
    images: [{ width: 1024 }],
  })
  expect([...(await message.artifact.images[0].download()).subarray(0, 4)]).toEqual(png)
  await model.bindTools([paint]).invoke([...asked, reply, message])
  expect(model.callCount).toBe(2)

  const tooDear = new HalftoneImageTool({ client, job: { budget: { max_cost_usd: '0.000001' } } })
  await expect(tooDear.invoke({ prompt: 'a lighthouse' })).rejects.toThrow(/your limit is .* raise the limit/)
  await expect(paint.invoke({ prompt: 'x', n: 99 }), 'what the model says is checked').rejects.toThrow()
})

test('a step of a LangChain chain takes a prompt and hands on pictures', async () => {
  const chain = createImageRunnable({ client, job: { size } }).pipe(({ images }) =>
    images.map(({ width }) => width),
  )
  expect(await chain.invoke('a kite')).toEqual([1024])
})

test('the commands of the quickstart do what it says', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../../docs/quickstart.md'), 'utf8')
  const commands = page.split('\n').filter((line) => line.startsWith('    ') && !line.includes('pnpm'))
  await mkdir(join(dir, '.halftone'))
  await writeFile(join(dir, '.halftone/run.json'), JSON.stringify({ api: stack.api, key: stack.key }))
  const { stdout } = await promisify(execFile)('bash', ['-ec', commands.join('\n')], { cwd: dir })
  const [job, quote, bulk] = stdout.split(/(?<=\})(?=\{)/).map((text) => JSON.parse(text))
  expect(job).toMatchObject({ status: 'succeeded' })
  expect(quote.candidates.length).toBeGreaterThan(5)
  expect(bulk).toMatchObject({ accepted: 2, rejected: [] })
})
