import { expect, test } from 'vitest'
import { closeNames } from './close-names.ts'
import { nearestSizes } from './nearest-sizes.ts'

const known = ['openai/gpt-image-2', 'openai/gpt-image-1-mini', 'replicate/flux-dev', 'stability/core']

test('a slip of the pen finds the name, and a bare model name the whole one', () => {
  expect(closeNames('openai/gpt-imgae-2', known)[0]).toBe('openai/gpt-image-2')
  expect(closeNames('flux-dev', known)[0]).toBe('replicate/flux-dev')
  expect(closeNames('Stability/Core', known)[0]).toBe('stability/core')
})

test('sizes are bent into a range until they fit, and lists are searched for the most similar', () => {
  const spec = (sizes: object) => ({ operations: { generate: { sizes } } }) as never
  const list = spec({ kind: 'list', list: ['512x512', '1024x1024', '1344x768'] })
  expect(nearestSizes([list], 'generate', { width: 1280, height: 720 })[0]).toEqual({
    width: 1344,
    height: 768,
  })
  const range = spec({
    kind: 'range',
    multiple_of: 16,
    min_edge: 256,
    max_edge: 3840,
    max_pixels: 8_294_400,
    max_ratio: 3,
  })
  const [bent] = nearestSizes([range], 'generate', { width: 9000, height: 1000 })
  expect(bent!.width % 16).toBe(0)
  expect(bent!.width).toBeLessThanOrEqual(3840)
  expect(bent!.width * bent!.height).toBeLessThanOrEqual(8_294_400)
  expect(nearestSizes([range], 'edit', { width: 1, height: 1 })).toEqual([])
})
