import { loadCatalogue } from '@halftone/catalogue'
import { AppError, type ModelSpec } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { paramOf, refusal } from './errors.ts'
import { usableModels } from './find-model.ts'
import { readImagesRequest } from './request.ts'
import { toJob } from './to-job.ts'

const { models } = await loadCatalogue('current')
const all = new Set(models.map((model) => model.provider))
const usable: ModelSpec[] = usableModels(models, all, Date.parse('2026-11-23'))
const jobOf = (body: unknown, kind: 'generation' | 'json-edit' = 'generation') =>
  toJob(readImagesRequest(kind, body), usable)
const refusalOf = (body: unknown, kind: 'generation' | 'json-edit' = 'generation') => {
  try {
    jobOf(body, kind)
  } catch (error) {
    if (error instanceof AppError) return refusal(error)
    throw error
  }
  throw new Error('it was accepted')
}

describe('what OpenAI’s fields become', () => {
  test('a prompt alone is routed, in PNG, in a size that is to be had', () => {
    expect(jobOf({ prompt: 'a cat' })).toMatchObject({
      ...{ operation: 'generate', prompt: 'a cat', n: 1, size: 'auto', quality: 'auto', format: 'png' },
      routing: { policy: 'cheapest' },
    })
    expect(jobOf({ prompt: 'a cat' }).routing.model).toBeUndefined()
  })

  test('every setting is kept as a setting of the job, and null is as good as absent', () => {
    const body = {
      ...{ prompt: 'a cat', n: 3, size: '1536x1024', quality: 'hd', output_format: 'webp', user: 'u1' },
      ...{ output_compression: 70, background: 'transparent', moderation: 'low', response_format: null },
      ...{ stream: true, partial_images: 2, safety_identifier: 's1' },
      halftone: {
        budget: { max_cost_usd: '0.1' },
        metadata: { post: 7 },
        seed: 4,
        routing: { batch: 'never' },
      },
    }
    expect(jobOf(body)).toMatchObject({
      ...{ n: 3, size: '1536x1024', quality: 'high', format: 'webp', output_compression: 70 },
      ...{ background: 'transparent', moderation: 'low', partial_images: 2, seed: 4 },
      ...{ budget: { max_cost_usd: '0.1' }, metadata: { post: 7, user: 'u1', safety_identifier: 's1' } },
      routing: { batch: 'never' },
    })
  })

  test('a model is pinned with or without its provider; one that several sell goes to the cheapest of them', () => {
    expect(jobOf({ prompt: 'x', model: 'gpt-image-2' }).routing.model).toBe('openai/gpt-image-2')
    expect(jobOf({ prompt: 'x', model: 'openai/gpt-image-2' }).routing.model).toBe('openai/gpt-image-2')
    expect(jobOf({ prompt: 'x', model: 'flux-dev' }).routing.allow).toEqual([
      'bfl/flux-dev',
      'replicate/flux-dev',
    ])
    const allow = { prompt: 'x', model: 'flux-dev', halftone: { routing: { allow: ['bfl'] } } }
    expect(jobOf(allow).routing.allow).toEqual(['bfl/flux-dev'])
  })

  test('a named model that makes no PNG answers in its own format', () => {
    expect(jobOf({ prompt: 'x', model: 'google/gemini-3-pro-image' }).format).toBeUndefined()
  })

  test('an edit as JSON names its pictures by link, data or file', () => {
    const body = {
      prompt: 'x',
      images: [{ file_id: 'file_1' }, { image_url: 'https://x.test/a.png' }],
      mask: { file_id: 'file_2' },
      input_fidelity: 'high',
    }
    expect(jobOf(body, 'json-edit')).toMatchObject({
      operation: 'edit',
      image: ['file_1', 'https://x.test/a.png'],
      mask: 'file_2',
      input_fidelity: 'high',
    })
  })
})

test.each([
  [{}, 'missing_required_parameter', 'prompt'],
  [{ prompt: 'x', seed: 1 }, 'unknown_parameter', 'seed'],
  [{ prompt: 'x', halftone: { colour: 1 } }, 'unknown_parameter', 'halftone.colour'],
  [{ prompt: 'x', size: 'large' }, 'invalid_value', 'size'],
  [{ prompt: 'x', n: 11 }, 'invalid_value', 'n'],
  [{ prompt: 'x', style: 'vivid' }, 'unsupported_value', 'style'],
  [{ prompt: 'x', partial_images: 1 }, 'invalid_value', 'partial_images'],
  [{ prompt: 'x', output_compression: 50 }, 'invalid_value', 'output_compression'],
  [{ prompt: 'x', background: 'transparent', output_format: 'jpeg' }, 'invalid_value', 'background'],
])('what cannot be is refused by OpenAI’s own name for it: %o', (body, code, param) => {
  const { status, body: answer } = refusalOf(body)
  expect([status, answer.error.type, answer.error.code, answer.error.param]).toEqual([
    400,
    'invalid_request_error',
    code,
    param,
  ])
  expect(answer.error.message).toMatch(/: ./)
})

test('a model that nobody has is OpenAI’s 404', () => {
  expect(refusalOf({ prompt: 'x', model: 'dall-e-2' })).toMatchObject({
    status: 404,
    body: { error: { type: 'invalid_request_error', code: 'model_not_found', param: 'model' } },
  })
})

test('a field of the job is named as the caller wrote it', () => {
  expect(
    ['/format', '/image/1', '/routing/model', '/budget/max_cost_usd', undefined].map((f) => paramOf(f)),
  ).toEqual([...['output_format', 'image[1]', 'model', 'halftone.budget.max_cost_usd'], null])
  expect(paramOf('/image/0', { image: 'images' })).toBe('images[0]')
})
