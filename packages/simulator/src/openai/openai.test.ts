import { expect, test } from 'vitest'
import { alphaMask, changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { specFaults, specsPresent } from '../testing/provider-specs.ts'
import { simulated } from '../testing/simulated.ts'
import { openaiModel } from './models.ts'
import { inputImageTokens, outputTokens, type Usage } from './tokens.ts'

const spec = 'openai-images-batch-files.openapi.json'
const generations = '/openai/v1/images/generations'
const edits = '/openai/v1/images/edits'
const ask = { model: 'gpt-image-2', prompt: 'a quiet lake', size: '1024x1024', quality: 'low' }
const box = { left: 16, top: 32, width: 64, height: 48 }

interface ImagesAnswer {
  data: { b64_json: string }[]
  size: string
  quality: string
  usage: Usage
}

async function imagesOf(answer: Response): Promise<ImagesAnswer> {
  expect(answer.status).toBe(200)
  return (await answer.json()) as ImagesAnswer
}

function picture(answer: ImagesAnswer, i = 0): Buffer {
  return Buffer.from(answer.data[i]?.b64_json ?? '', 'base64')
}

test.skipIf(!specsPresent)(
  'answers and errors fit OpenAI’s own specification, where it lies beside the repository',
  async () => {
    const { post } = await simulated()
    const answer = await post(generations, { ...ask, n: 2 })
    expect(specFaults(spec, '/components/schemas/ImagesResponse', await answer.json())).toBeNull()
    const refused = [
      await post(generations, { ...ask, n: 11 }),
      await post(generations, { ...ask, model: 'dall-e-3' }),
      await post(generations, ask, { authorization: 'Bearer invalid' }),
    ]
    for (const error of refused)
      expect(specFaults(spec, '/components/schemas/ErrorResponse', await error.json())).toBeNull()
  },
)

test('tokens follow the published tables', () => {
  const tokens = (model: string, quality: 'low' | 'medium' | 'high', width: number, height: number) => {
    const found = openaiModel(model)
    return found && outputTokens(found, quality, width, height)
  }
  expect(tokens('gpt-image-1.5', 'low', 1024, 1024)).toBe(272)
  expect(tokens('gpt-image-1-mini', 'high', 1536, 1024)).toBe(6_208)
  expect(tokens('gpt-image-2', 'medium', 1024, 1024)).toBe(1_756)
  expect(tokens('gpt-image-2', 'high', 1024, 1024)).toBe(7_024)
  expect(tokens('gpt-image-2', 'high', 1536, 1024)).toBe(5_488)
  expect(inputImageTokens(1024, 1024, false)).toBe(1_024)
})

test('the books charge exactly the usage of the answer, and name the attempt and the account', async () => {
  const { post, books } = await simulated()
  const answer = await post(generations, { ...ask, n: 2 }, { 'idempotency-key': 'att_0123' })
  const { usage } = await imagesOf(answer)
  const { entries } = await books()
  expect(entries).toMatchObject([
    {
      provider: 'openai',
      model: 'gpt-image-2',
      operation: 'generate',
      n: 2,
      attempt_id: 'att_0123',
      request_id: answer.headers.get('x-request-id'),
      nano: usage.output_tokens * 30_000 + usage.input_tokens_details.text_tokens * 5_000,
    },
  ])
  expect(entries[0]?.account).toMatch(/^key-[0-9a-f]{8}$/)
})

test('an idempotency key is no promise: the same request twice is paid twice', async () => {
  const { post, books } = await simulated()
  for (let i = 0; i < 2; i++) await post(generations, ask, { 'idempotency-key': 'att_0123' })
  expect((await books()).entries).toHaveLength(2)
})

test('pictures have the size asked, and auto is resolved in the answer', async () => {
  const { post } = await simulated()
  const free = await imagesOf(await post(generations, { ...ask, size: '640x368', output_format: 'webp' }))
  expect(await sizeOf(picture(free))).toEqual({ width: 640, height: 368, format: 'webp' })
  const auto = await imagesOf(await post(generations, { model: 'gpt-image-1.5', prompt: 'a lake' }))
  expect(auto).toMatchObject({ size: '1024x1024', quality: 'high' })
})

test.each([
  [{ size: '1000x1000' }, 'size'],
  [{ size: '3200x512' }, 'size'],
  [{ model: 'gpt-image-1.5', size: '640x640' }, 'size'],
  [{ n: 0 }, 'n'],
  [{ prompt: 'x'.repeat(32_001) }, 'prompt'],
  [{ seed: 1 }, 'seed'],
  [{ quality: 'hd' }, 'quality'],
  [{ background: 'transparent', output_format: 'jpeg' }, 'background'],
])('%j is a 400 that names its parameter', async (change, param) => {
  const { post, books } = await simulated()
  const answer = await post(generations, { ...ask, ...change })
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', param } })
  expect((await books()).entries).toEqual([])
})

test('retired models and variations are 404 model_not_found', async () => {
  const { post } = await simulated()
  const gone = [
    await post(generations, { ...ask, model: 'gpt-image-1' }),
    await post(generations, { ...ask, model: 'dall-e-4' }),
    await post('/openai/v1/images/variations', {}),
  ]
  for (const answer of gone) {
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { code: 'model_not_found' } })
  }
})

test('moderation refuses before and after the work, and both are free', async () => {
  const { post, books } = await simulated()
  for (const word of ['forbidden-content', 'filtered-content']) {
    const answer = await post(generations, { ...ask, prompt: `a ${word}` })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'moderation_blocked' } })
  }
  expect((await books()).entries).toEqual([])
})

test('an edit repaints the clear pixels of the mask only, in both content types', async () => {
  const { form, post, books } = await simulated()
  const [image, mask] = await Promise.all([photo(192, 128), alphaMask(192, 128, box)])
  const fields = { model: 'gpt-image-2', prompt: 'a boat', size: '192x128', quality: 'low' }
  const dataUrl = (file: Buffer) => ({ image_url: `data:image/png;base64,${file.toString('base64')}` })
  const answers = [
    await form(edits, { ...fields, 'image[]': image, mask }),
    await post(edits, { ...fields, images: [dataUrl(image)], mask: dataUrl(mask) }),
  ]
  for (const answer of answers) {
    const edited = await imagesOf(answer)
    expect(edited.usage.input_tokens_details.image_tokens).toBe(24)
    const changed = await changedPixels(image, picture(edited), box)
    expect(changed.outside).toBe(0)
    expect(changed.inside).toBeGreaterThan(box.width * box.height * 0.9)
  }
  expect((await books()).entries.map(({ operation }) => operation)).toEqual(['edit', 'edit'])
})

test('a mask of another size, without alpha, or that is no PNG is refused', async () => {
  const { form } = await simulated()
  const image = await photo(192, 128)
  const masks = [await alphaMask(96, 64, box), await greyMask(192, 128, box), Buffer.from('no picture')]
  for (const mask of masks) {
    const answer = await form(edits, { model: 'gpt-image-2', prompt: 'a boat', image, mask })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { param: 'mask' } })
  }
})

test('the reference catalogue sells DALL-E 4 in two sizes, dearer in turbo', async () => {
  const { post, books } = await simulated({ catalogue: 'reference' })
  const dalle = { model: 'dall-e-4', prompt: 'a lake', size: '1024x1024' }
  await imagesOf(await post(generations, dalle))
  await imagesOf(await post(generations, { ...dalle, mode: 'turbo', n: 2 }))
  await imagesOf(await post(generations, { ...dalle, size: '2048x2048' }))
  expect((await post(generations, { ...dalle, size: '512x512' })).status).toBe(400)
  expect((await books()).entries.map(({ nano }) => nano)).toEqual([40_000_000, 104_000_000, 120_000_000])
})
