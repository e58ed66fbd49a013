import type { StoredImage } from '@halftone/ledger'
import { expect, test } from 'vitest'
import { responseFormat, usageOf } from './answer.ts'
import { readImagesRequest } from './request.ts'

const formatOf = (body: object) => responseFormat(readImagesRequest('generation', { prompt: 'x', ...body }))

test('the form of the answer is the asked one, else that of OpenAI’s models of that name', () => {
  expect(formatOf({})).toBe('b64_json')
  expect(formatOf({ model: 'gpt-image-2' })).toBe('b64_json')
  expect(formatOf({ model: 'dall-e-4' })).toBe('url')
  expect(formatOf({ model: 'openai/dall-e-4' })).toBe('url')
  expect(formatOf({ model: 'dall-e-4', response_format: 'b64_json' })).toBe('b64_json')
  expect(formatOf({ response_format: 'url' })).toBe('url')
})

test('usage is what the provider counted, and zero where nothing was billed by the token', () => {
  const tokens = { text_in: 10, image_in: 20, cached_image_in: 5, image_out: 100 }
  const picture = { fileId: 'f', sha256: '', width: 1, height: 1, format: 'png', bytes: 1 } as const
  const usage = (images: StoredImage[]) => usageOf({ job: { images } })
  expect(usage([{ ...picture, tokens }, picture])).toEqual({
    total_tokens: 135,
    input_tokens: 35,
    output_tokens: 100,
    input_tokens_details: { text_tokens: 10, image_tokens: 25 },
    output_tokens_details: { text_tokens: 0, image_tokens: 100 },
  })
  expect(usage([picture]).total_tokens).toBe(0)
})
