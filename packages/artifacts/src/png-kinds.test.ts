import sharp from 'sharp'
import { expect, test } from 'vitest'
import { canonicalMask } from './canonical-mask.ts'
import { checkUpload } from './check-upload.ts'
import { allPngKinds, encodePng, type PngKind } from './testing/encode-png.ts'

const size = { width: 37, height: 29 }
/** No straight line of it falls on a byte or on a pass of the interlacing. */
const isEdit = (x: number, y: number) => (x * 7 + y * 5) % 11 < 4 || (x > 20 && y > 17)
let area = 0
for (let y = 0; y < size.height; y++) for (let x = 0; x < size.width; x++) if (isEdit(x, y)) area++

const kinds = allPngKinds()
const nameOf = ({ colourType, depth, interlaced }: PngKind) =>
  `type ${colourType}, ${depth} bits${interlaced ? ', interlaced' : ''}`
const highest = ({ depth }: PngKind) => 2 ** depth - 1

/** Painted: white is edited, and whatever alpha there is, is opaque. */
function painted(kind: PngKind): Buffer {
  const top = highest(kind)
  const black = [0, 0, 0]
  const palette = kind.colourType === 3 ? { palette: [black, [255, 255, 255]] } : null
  return encodePng({ ...kind, ...palette }, size, (x, y) => {
    const value = isEdit(x, y) ? top : 0
    if (kind.colourType === 3) return [isEdit(x, y) ? 1 : 0]
    if (kind.colourType === 0) return [value]
    if (kind.colourType === 2) return [value, value, value]
    return kind.colourType === 4 ? [value, top] : [value, value, value, top]
  })
}

/** Cut out: what is transparent is edited; the colours below say the contrary. */
function cutOut(kind: PngKind): Buffer {
  const top = highest(kind)
  // black is the transparent colour; of a palette, its second entry
  const transparency = { 0: [0, 0], 2: [0, 0, 0, 0, 0, 0], 3: [255, 0], 4: undefined, 6: undefined }[
    kind.colourType
  ]
  const palette =
    kind.colourType === 3
      ? [
          [255, 255, 255],
          [0, 0, 0],
        ]
      : undefined
  return encodePng({ ...kind, transparency, palette }, size, (x, y) => {
    const edit = isEdit(x, y)
    const value = edit ? 0 : top
    if (kind.colourType === 3) return [edit ? 1 : 0]
    if (kind.colourType === 0) return [value]
    if (kind.colourType === 2) return [value, value, value]
    const alpha = edit ? 0 : top
    return kind.colourType === 4 ? [value, alpha] : [value, value, value, alpha]
  })
}

const canonical = painted({ colourType: 0, depth: 8, interlaced: false })

test.each(kinds.map((kind) => [nameOf(kind), kind] as const))(
  'a mask of %s means the same, painted and cut out: same area, same pixels',
  async (_, kind) => {
    const wanted = await canonicalMask(canonical, size)
    expect(wanted.maskedPixels).toBe(area)
    for (const form of [painted(kind), cutOut(kind)]) {
      const upload = await checkUpload(form, { purpose: 'mask' })
      expect(upload.maskedPixels).toBe(area)
      expect(Buffer.compare(upload.bytes, wanted.png)).toBe(0)
    }
  },
)

test('a JPEG and a WebP, lossy and lossless, mean the same area as the PNG with edges of its blocks', async () => {
  const blocks = { width: 64, height: 64 }
  const png = await sharp(
    encodePng({ colourType: 0, depth: 1, interlaced: false }, blocks, (x, y) => [x < 32 && y < 48 ? 1 : 0]),
  )
    .png()
    .toBuffer()
  const forms = [
    sharp(png).jpeg({ quality: 90 }),
    sharp(png).jpeg({ quality: 90, progressive: true }),
    sharp(png).webp({ lossless: true }),
    sharp(png).webp({ quality: 90 }),
  ]
  for (const form of forms)
    expect((await canonicalMask(await form.toBuffer(), blocks)).maskedPixels).toBe(32 * 48)
})

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'picture and mask that EXIF turns by %i fit each other, and the part to edit turns with them',
  async (orientation) => {
    const wanted = await canonicalMask(canonical, size)
    // as a camera stores it: turned back, with a note to turn it
    const back = {
      1: [0, 0],
      2: [0, 1],
      3: [180, 0],
      4: [180, 1],
      5: [90, 1],
      6: [270, 0],
      7: [270, 1],
      8: [90, 0],
    }
    const [angle = 0, flop = 0] = back[orientation as 1]
    let turned = await sharp(canonical).rotate(angle).toColourspace('b-w').png().toBuffer()
    if (flop) turned = await sharp(turned).flop().toColourspace('b-w').png().toBuffer()
    const noted = await sharp(turned).withMetadata({ orientation }).png().toBuffer()
    const mask = await checkUpload(noted, { purpose: 'mask' })
    const picture = await checkUpload(noted, { purpose: 'image' })
    expect(mask.facts).toMatchObject(size)
    expect(picture.facts).toMatchObject(size)
    expect(mask.maskedPixels).toBe(area)
    const upright = await sharp(picture.bytes).toColourspace('b-w').raw().toBuffer()
    expect(Buffer.compare(await sharp(mask.bytes).toColourspace('b-w').raw().toBuffer(), upright)).toBe(0)
    expect(Buffer.compare(upright, await sharp(wanted.png).toColourspace('b-w').raw().toBuffer())).toBe(0)
  },
)
