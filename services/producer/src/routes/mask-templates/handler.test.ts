import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataUri, form, greyPng } from '../../testing/pictures.ts'
import { startProducer, type TestProducer } from '../../testing/start-producer.ts'

let producer: TestProducer
beforeAll(async () => {
  producer = await startProducer({ catalogue: 'reference' })
})
afterAll(() => producer.stop())

const edit = { operation: 'edit', edit_kind: 'inpaint', prompt: 'a kite', image: dataUri(greyPng(128, 64)) }

const jobOf = async (answer: { json(): { id: string } }) => {
  const found = await producer.ledger.jobs.job(producer.projectId, answer.json().id)
  return found!.job
}

test('the list names each template with its pixels for a size, its picture, and who takes it in a batch', async () => {
  const { data } = (await producer.get('/v1/mask-templates?size=128x64')).json()
  const half = data.find(({ name }: { name: string }) => name === 'left_half')
  expect(half).toMatchObject({ masked_pixels: 4_096, size: '128x64', batch_models: ['deepseek/janus'] })
  const preview = await producer.app.inject({
    url: new URL(half.preview_url).pathname,
    query: { size: '128x64' },
  })
  expect(preview.headers['content-type']).toBe('image/png')
  const uploaded = form({ file: preview.rawPayload, purpose: 'mask' })
  const file = await producer.post('/v1/files', uploaded.body, uploaded.headers)
  expect(file.json()).toMatchObject({ masked_pixels: 4_096, mask_template: 'left_half', width: 128 })
})

test('a template by its name needs no mask: it is painted for the picture, stored, and recorded on the job', async () => {
  const answer = await producer.post('/v1/jobs', { ...edit, mask_template: 'left_half' })
  expect(answer.statusCode).toBe(202)
  expect(answer.json().mask_template).toBe('left_half')
  const { inputs, body } = await jobOf(answer)
  expect(inputs.mask).toMatchObject({ width: 128, height: 64, maskedPixels: 4_096, template: 'left_half' })
  expect(body.mask).toBe(inputs.mask!.fileId)
  expect(await producer.ledger.files.find(inputs.mask!.fileId)).toMatchObject({ maskTemplate: 'left_half' })
})

test('a mask that is a template is recognised, sent inline or uploaded before; a freehand one is none', async () => {
  const half = greyPng(128, 64, { halfWhite: true })
  const uploaded = form({ file: half, purpose: 'mask' })
  const { id } = (await producer.post('/v1/files', uploaded.body, uploaded.headers)).json()
  const masks = [dataUri(half), id, dataUri(greyPng(128, 64, { whitePixels: 5_000 }))]
  const answers = await Promise.all(masks.map((mask) => producer.post('/v1/jobs', { ...edit, mask })))
  const jobs = await Promise.all(answers.map(jobOf))
  expect(jobs.map(({ inputs }) => inputs.mask?.template)).toEqual(['left_half', 'left_half', null])
})

test.each([
  ['an unknown template', { mask_template: 'left_haf' }, '/mask_template'],
  ['a mask beside it', { mask_template: 'left_half', mask: dataUri(greyPng(128, 64)) }, '/mask_template'],
  [
    'a picture to be made from nothing',
    { operation: 'generate', image: undefined, edit_kind: undefined, mask_template: 'left_half' },
    '/mask_template',
  ],
])('%s is refused by the field', async (_, change, field) => {
  const answer = await producer.post('/v1/jobs', { ...edit, ...change })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ code: 'invalid_request', field })
})

test('a preview larger than anybody looks at is not painted', async () => {
  const answer = await producer.app.inject({ url: '/v1/mask-templates/left_half/preview?size=16000x16000' })
  expect(answer.statusCode).toBe(413)
})

test('a hundred jobs of a bulk share one painted template', async () => {
  const uploaded = form({ file: greyPng(128, 64) })
  const { id } = (await producer.post('/v1/files', uploaded.body, uploaded.headers)).json()
  const job = { ...edit, image: id, mask_template: 'top_banner' }
  const answer = await producer.post('/v1/bulk', { jobs: Array.from({ length: 100 }, () => job) })
  expect(answer.json()).toMatchObject({ accepted: 100 })
  const { jobs } = await producer.ledger.jobs.list(producer.projectId, {
    bulkId: answer.json().id,
    limit: 100,
  })
  expect(new Set(jobs.map(({ inputs }) => inputs.mask?.fileId)).size).toBe(1)
  expect(await producer.ledger.files.find(jobs[0]!.inputs.mask!.fileId)).toMatchObject({
    maskedPixels: 1_408,
  })
})
