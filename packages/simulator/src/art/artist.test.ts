import { expect, test } from 'vitest'
import { changedPixels, greyMask, photo, sizeOf } from '../testing/pictures.ts'
import { createArtist, type Recipe } from './artist.ts'
import { decode, decodeChannel } from './pixels.ts'

const recipe: Recipe = {
  provider: 'replicate',
  model: 'flux-schnell',
  prompt: 'A poster that reads “Summer Sale” <&>',
  width: 320,
  height: 200,
  format: 'png',
  seed: '7',
}
const box = { left: 40, top: 30, width: 120, height: 130 }

test.each([
  ['png', 320, 200],
  ['jpeg', 65, 64],
  ['webp', 1_344, 768],
  ['png', 64, 64],
] as const)('a %s of %ix%i has exactly that size and format', async (format, width, height) => {
  const picture = await createArtist('1').make({ ...recipe, format, width, height })
  expect(await sizeOf(picture)).toEqual({ width, height, format })
})

test('equal recipes give equal bytes; another seed, prompt or provider gives others', async () => {
  const [one, two] = [createArtist('1'), createArtist('1')]
  const picture = await one.make(recipe)
  expect((await two.make(recipe)).equals(picture)).toBe(true)
  for (const other of [{ seed: '8' }, { prompt: 'A quiet lake' }, { provider: 'stability' as const }])
    expect((await one.make({ ...recipe, ...other })).equals(picture)).toBe(false)
})

test('a transparent picture is clear at its corners and opaque in the middle', async () => {
  const { data, width, height } = await decode(await createArtist('1').make({ ...recipe, transparent: true }))
  expect(data[3]).toBe(0)
  expect(data[((height / 2) * width + width / 2) * 4 + 3]).toBe(255)
})

test('an edit repaints what is masked and leaves every other pixel as it was', async () => {
  const original = await photo(320, 200)
  const input = await decode(original)
  const strength = await decodeChannel(await greyMask(320, 200, box), 'grey', input)
  for (const erase of [false, true]) {
    const edited = await createArtist('1').edit({ ...recipe, input, strength, erase })
    const changed = await changedPixels(original, edited, box)
    expect(changed.outside).toBe(0)
    expect(changed.inside).toBeGreaterThan(box.width * box.height * 0.9)
  }
})

test('a mask that masks nothing changes nothing; no mask at all changes the whole', async () => {
  const original = await photo(320, 200)
  const input = await decode(original)
  const artist = createArtist('1')
  const nothing = await artist.edit({ ...recipe, input, strength: new Uint8Array(320 * 200) })
  expect(await changedPixels(original, nothing, box)).toEqual({ inside: 0, outside: 0 })
  const whole = await artist.edit({ ...recipe, input, strength: null })
  expect((await changedPixels(original, whole, box)).outside).toBeGreaterThan(40_000)
})
