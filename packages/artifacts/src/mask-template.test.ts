import { type MaskTemplate, maskTemplates } from '@halftone/contracts'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { canonicalMask } from './canonical-mask.ts'
import { templateArea, templateMask } from './mask-template.ts'

const square = { width: 1024, height: 1024 }
const sizes = [
  { width: 512, height: 320 },
  { width: 233, height: 377 },
  { width: 64, height: 64 },
]

async function valuesOf(png: Uint8Array): Promise<Buffer> {
  return sharp(png).toColourspace('b-w').raw().toBuffer()
}

async function maskOf(values: Uint8Array, size = square): Promise<Buffer> {
  return sharp(values, { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer()
}

test.each([
  ['left_half', 1024 * 512],
  ['bottom_half', 1024 * 512],
  ['center_square', 512 * 512],
  ['lower_third', 1024 * 341],
  ['top_banner', 1024 * 171],
  ['background_frame', 1024 * 1024 - 716 * 716],
] as const)('%s of a 1024 square is %i pixels', (name, pixels) => {
  expect(templateArea(name, square)).toBe(pixels)
})

test('a template is what was painted for it, at every size, and is recognised as itself', async () => {
  for (const size of sizes)
    for (const name of maskTemplates) {
      const painted = await templateMask(name, size)
      const white = (await valuesOf(painted.png)).filter((value) => value === 255).length
      expect(painted, name).toMatchObject({ maskedPixels: white, template: name })
      expect(await canonicalMask(painted.png, size), name).toEqual(painted)
    }
})

test('halves fit together without gap or overlap, and thirds are equal, whatever the size', () => {
  for (const width of [1, 2, 3, 59, 60, 61, 333, 1_023, 1_025, 4_099])
    for (const height of [1, 7, 64, 719, 2_048]) {
      const area = (name: MaskTemplate) => templateArea(name, { width, height })
      expect(area('left_half') + area('right_half')).toBe(width * height)
      expect(area('top_half') + area('bottom_half')).toBe(width * height)
      expect(Math.abs(area('left_third') - area('right_third'))).toBeLessThanOrEqual(height)
    }
})

test('a mask drawn by hand is recognised from an overlap of 99.5 % on, and not below', async () => {
  const { png, maskedPixels } = await templateMask('left_half', square)
  for (const [short, name] of [
    [0.004, 'left_half'],
    [0.006, null],
  ] as const) {
    const values = await valuesOf(png)
    for (let at = 0, left = Math.floor(maskedPixels * short); left > 0; at++)
      if (values[at] === 255) {
        values[at] = 0
        left--
      }
    expect((await canonicalMask(await maskOf(values), square)).template).toBe(name)
  }
})

test('the same area elsewhere is no template', async () => {
  const values = Buffer.alloc(1024 * 1024).fill(255, 1024 * 256, 1024 * 768)
  expect((await canonicalMask(await maskOf(values), square)).template).toBeNull()
})

test('soft edges, lossy compression and transparency do not hide a template', async () => {
  const { png } = await templateMask('center_circle', square)
  const soft = await sharp(png).blur(3).toColourspace('b-w').png().toBuffer()
  const lossy = await sharp(png).jpeg({ quality: 70 }).toBuffer()
  const clear = await sharp({ create: { ...square, channels: 3, background: '#284' } })
    .joinChannel(await sharp(png).negate().toColourspace('b-w').raw().toBuffer(), {
      raw: { ...square, channels: 1 },
    })
    .png()
    .toBuffer()
  for (const form of [soft, lossy, clear])
    expect((await canonicalMask(form, square)).template).toBe('center_circle')
})

test('a picture too small for a template is refused', async () => {
  await expect(templateMask('bottom_right_corner', { width: 1, height: 1 })).rejects.toMatchObject({
    code: 'invalid_request',
    detail: { field: '/mask_template' },
  })
})
