import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { limits } from '@halftone/contracts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dataUri, form, greyPng } from '../testing/pictures.ts'
import { startProducer, type TestProducer } from '../testing/start-producer.ts'

let producer: TestProducer
let host: Server
let base: string
let fetched: string[] = []

beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference', downloadsFrom: ['127.0.0.0/8'] })
  host = createServer((request, response) => {
    fetched.push(request.url ?? '')
    if (request.url === '/text') return response.end('no picture')
    response.end(greyPng(128, 64, { halfWhite: request.url === '/mask' }))
  }).listen(0, '127.0.0.1')
  await once(host, 'listening')
  base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
})
afterAll(async () => {
  host.closeAllConnections()
  host.close()
  await producer.stop()
})
beforeEach(() => {
  fetched = []
})

const edit = { operation: 'edit', edit_kind: 'inpaint', prompt: 'a kite' }
const jobOf = async (id: string) => (await producer.ledger.jobs.job(producer.projectId, id))!.job
const upload = async (file: Buffer, purpose = 'image') => {
  const { body, headers } = form({ file, purpose })
  return (await producer.post('/v1/files', body, headers)).json().id as string
}

/** The signed link that an answer gives, which nobody need fetch. */
const linkOf = async (file: Buffer, purpose?: string) =>
  (await producer.get(`/v1/files/${await upload(file, purpose)}`)).json().url as string

test('picture and mask by URL, data URI and file id are the same job', async () => {
  const [image, mask] = [greyPng(128, 64), greyPng(128, 64, { halfWhite: true })]
  const bodies = [
    { image: `${base}/image`, mask: `${base}/mask` },
    { image: dataUri(image), mask: dataUri(mask) },
    { image: await upload(image), mask: await upload(mask, 'mask') },
    { image: await upload(image), mask: await upload(mask) },
    { image: await linkOf(image), mask: await linkOf(mask, 'mask') },
  ]
  const answers = await Promise.all(bodies.map((body) => producer.post('/v1/jobs', { ...edit, ...body })))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202, 202])
  const jobs = await Promise.all(answers.map((answer) => jobOf(answer.json().id)))
  const facts = jobs.map(({ inputs, quoted }) => ({
    quoted,
    pictures: [...inputs.images, inputs.mask].map((picture) => ({ ...picture, fileId: undefined })),
  }))
  expect(facts[0]?.pictures[1]).toMatchObject({ maskedPixels: 4_096, template: 'left_half' })
  expect(facts).toEqual(facts.map(() => facts[0]))
  // the stored job names files only
  expect(JSON.stringify(jobs.map(({ body }) => body))).not.toMatch(/127\.0\.0\.1|base64/)
})

test('what many jobs of a bulk name by URL is fetched and stored once, and a line that is refused takes nothing from the others', async () => {
  const job = { ...edit, image: `${base}/image`, mask: `${base}/mask` }
  const impossible = { ...job, budget: { max_cost_usd: '0.000000001' } }
  const answer = await producer.post('/v1/bulk', {
    jobs: [impossible, ...Array.from({ length: 50 }, () => job)],
  })
  expect(answer.json()).toMatchObject({ accepted: 50, rejected: [{ index: 0 }] })
  expect(fetched.toSorted()).toEqual(['/image', '/mask'])
  const { jobs } = await producer.ledger.jobs.list(producer.projectId, {
    bulkId: answer.json().id,
    limit: 50,
  })
  const [first] = jobs
  for (const { fileId } of [first!.inputs.images[0]!, first!.inputs.mask!]) {
    expect(new Set(jobs.flatMap(({ inputs }) => [inputs.images[0]?.fileId, inputs.mask?.fileId])).size).toBe(
      2,
    )
    expect(await producer.ledger.files.find(fileId)).toMatchObject({ width: 128 })
  }
})

test('a request that names more URLs than are fetched has the rest refused, line by line', async () => {
  const jobs = Array.from({ length: limits.fetchedUrls + 2 }, (_, i) => ({
    ...edit,
    image: `${base}/image?${i}`,
    mask_template: 'left_half',
  }))
  const answer = await producer.post('/v1/bulk', { jobs })
  expect(fetched).toHaveLength(limits.fetchedUrls)
  const error = { code: 'too_large', field: '/image', limit: limits.fetchedUrls }
  expect(answer.json()).toMatchObject({ accepted: limits.fetchedUrls, rejected: [{ error }, { error }] })
})

test('a link to somebody else’s file leads nowhere', async () => {
  const image = await linkOf(greyPng(128, 64))
  const answer = await producer.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { authorization: `Bearer ${producer.otherKey}` },
    payload: { ...edit, image, mask_template: 'left_half' },
  })
  expect(answer.json()).toMatchObject({ status: 404, field: '/image' })
})

test('a URL that holds no picture, or a mask of another size, is refused by its field, and nothing is kept', async () => {
  const before = await producer.ledger.jobs.list(producer.projectId, { limit: 1_000 })
  const refusals = [
    [{ image: `${base}/text` }, { status: 400, field: '/image', limit: 'png, jpeg, webp' }],
    [{ image: [`${base}/image`, `${base}/text`] }, { status: 400, field: '/image/1' }],
    [
      { image: dataUri(greyPng(128, 65)), mask: `${base}/mask` },
      { status: 400, field: '/mask', detail: 'The mask is 128x64, the picture 128x65', limit: '128x65' },
    ],
    [
      { image: `${base}/image`, mask: `${base}/text` },
      { status: 400, field: '/mask' },
    ],
  ] as const
  for (const [body, problem] of refusals)
    expect((await producer.post('/v1/jobs', { ...edit, ...body })).json()).toMatchObject(problem)
  expect(await producer.ledger.jobs.list(producer.projectId, { limit: 1_000 })).toEqual(before)
})
