import type { CatalogueName, Provider } from '../prices/table.ts'
import { randomFrom } from '../seeded.ts'
import { askedCount, askedWords, misspell } from './asked.ts'
import { createCaptions } from './caption.ts'
import { contentOf } from './content.ts'
import { drawLettering } from './lettering.ts'
import { type Palette, paletteOf } from './palette.ts'
import { blur, encode, type Format, lay, type Pixels } from './pixels.ts'
import { type Skill, skillOf } from './skill.ts'
import { createTiles, tileVariants } from './tiles.ts'

/** Everything that a picture depends on: equal recipes give equal bytes. */
export interface Recipe {
  provider: Provider
  model: string
  prompt: string
  width: number
  height: number
  format: Format
  /** 0..100 for jpeg and webp. */
  quality?: number
  /** The caller's seed and the picture's number in its request. */
  seed: string
  /** Leaves the margin of the picture clear. */
  transparent?: boolean
  /** What a filter for content does to a picture that it lets through. */
  blurred?: boolean
}

/** What to do to a picture that exists. */
export interface EditRecipe extends Omit<Recipe, 'width' | 'height' | 'transparent'> {
  input: Pixels
  /** Per pixel 0 = keep, 255 = repaint. null = the whole picture is restyled. */
  strength: Uint8Array | null
  /** Fills with what lies around instead of painting something new. */
  erase?: boolean
}

export interface Artist {
  make(recipe: Recipe): Promise<Buffer>
  /** Pixels whose strength is 0 are the same in the answer, if its format is png. */
  edit(recipe: EditRecipe): Promise<Buffer>
}

const tileBytesMax = 96 * 1024 * 1024
const stripsKept = 64
/** How much of an edit without a mask is new. */
const restyleShare = 0.62

/**
 * Paints pictures that nobody takes for real ones: drawn from the seed, quick, and marked "simulated". Words in quotation
 * marks can be read in them, as well as the model can spell.
 */
export function createArtist(seed: string, catalogue: CatalogueName = 'current'): Artist {
  const tiles = createTiles(tileBytesMax)
  const captions = createCaptions(stripsKept)

  async function paint(recipe: Omit<Recipe, 'format'>): Promise<Pixels> {
    const { provider, model, prompt, width, height } = recipe
    const chance = randomFrom(`${seed}/${provider}/${model}/${recipe.seed}/${prompt}`)
    const content = contentOf(prompt, chance())
    const palette = paletteOf(provider, chance())
    const variant = Math.floor(chance() * tileVariants)
    const skill = skillOf(catalogue, provider, model)
    const text = textOf(prompt, skill, `${seed}/text/${provider}/${model}/${recipe.seed}/${prompt}`)
    // words that are in the picture are not told in its caption: what was misspelled there stands right nowhere
    const told = text.phrases.length > 0 ? '' : prompt
    const [tile, strip, lettering] = await Promise.all([
      tiles.get(provider, content.name, variant, width, height),
      captions.draw(
        { prompt: told, maker: `${provider}/${model}`, headline: content.headline },
        width,
        height,
      ),
      drawLettering(text, width, height),
    ])
    const pixels: Pixels = { width, height, channels: 3, data: colour(tile, band(palette, skill.shades)) }
    if (lettering) lay(pixels, lettering)
    if (strip) lay(pixels, strip)
    return pixels
  }

  async function finish(pixels: Pixels, { blurred, format, quality }: Omit<Recipe, 'width' | 'height'>) {
    const shown = blurred ? await blur(pixels, Math.max(4, pixels.width / 40)) : pixels
    return encode(shown, format, quality)
  }

  return {
    async make(recipe) {
      const pixels = await paint(recipe)
      return finish(recipe.transparent ? clearMargin(pixels) : pixels, recipe)
    },
    async edit(recipe) {
      const { input, strength } = recipe
      const result = { ...input, data: Uint8Array.from(input.data) }
      if (strength === null) await restyle(result, recipe)
      else if (recipe.erase) mix(result, await blur(input, Math.max(6, input.width / 30)), strength, 0, 0)
      else {
        const box = boundsOf(strength, input.width, input.height)
        if (box) mix(result, await paint({ ...recipe, ...box }), strength, box.left, box.top)
      }
      return finish(result, recipe)
    },
  }

  async function restyle(result: Pixels, recipe: EditRecipe): Promise<void> {
    const { provider, model, prompt } = recipe
    const palette = paletteOf(provider, randomFrom(`${seed}/${recipe.seed}/${prompt}`)())
    toneByPalette(result, palette)
    const text = { prompt, maker: `${provider}/${model}`, headline: false, solid: true }
    const strip = await captions.draw(text, result.width, result.height)
    if (strip) lay(result, strip)
  }
}

/** What of the prompt's words and counts comes out. */
export function textOf(prompt: string, skill: Skill, seed: string) {
  const count = askedCount(prompt)
  const random = randomFrom(`${seed}/count`)
  const off = count !== null && random() < skill.miscounts ? (random() < 0.5 && count > 1 ? -1 : 1) : 0
  return {
    phrases: askedWords(prompt).map((words, i) => misspell(words, skill.misspells, `${seed}/${i}`)),
    count: count === null ? null : count + off,
  }
}

/** So many colours of the palette, each over a broader band. */
function band(palette: Palette, shades: number): Palette {
  if (shades >= 256) return palette
  const width = 256 / shades
  return palette.map((_, at) => {
    const level = Math.min(255, Math.floor((Math.floor(Math.floor(at / 3) / width) + 0.5) * width))
    return palette[level * 3 + (at % 3)] ?? 0
  })
}

function colour(tile: Uint8Array, palette: Palette): Uint8Array {
  const data = new Uint8Array(tile.length * 3)
  for (let i = 0, at = 0; i < tile.length; i++) {
    const from = (tile[i] as number) * 3
    data[at++] = palette[from] as number
    data[at++] = palette[from + 1] as number
    data[at++] = palette[from + 2] as number
  }
  return data
}

/** Pulls every pixel towards the palette's colour of its own brightness. */
function toneByPalette({ data, channels }: Pixels, palette: Palette): void {
  for (let at = 0; at + 2 < data.length; at += channels) {
    const [r = 0, g = 0, b = 0] = [data[at], data[at + 1], data[at + 2]]
    const level = (r * 77 + g * 151 + b * 28) >> 8
    data[at] = r + ((palette[level * 3] ?? 0) - r) * restyleShare
    data[at + 1] = g + ((palette[level * 3 + 1] ?? 0) - g) * restyleShare
    data[at + 2] = b + ((palette[level * 3 + 2] ?? 0) - b) * restyleShare
  }
}

/** Paints `paint` over `onto` from (left, top) on, as much as the strength of each pixel says. */
function mix(onto: Pixels, paint: Pixels, strength: Uint8Array, left: number, top: number): void {
  for (let y = 0; y < paint.height; y++) {
    for (let x = 0; x < paint.width; x++) {
      const at = (y + top) * onto.width + x + left
      const share = strength[at] ?? 0
      if (share === 0) continue
      const to = at * onto.channels
      const from = (y * paint.width + x) * paint.channels
      for (let channel = 0; channel < 3; channel++) {
        const under = onto.data[to + channel] ?? 0
        onto.data[to + channel] =
          under + Math.round((((paint.data[from + channel] ?? 0) - under) * share) / 255)
      }
      if (onto.channels === 4) onto.data[to + 3] = Math.max(onto.data[to + 3] ?? 0, share)
    }
  }
}

/** The smallest box that holds every pixel to repaint; null if there is none. */
function boundsOf(strength: Uint8Array, width: number, height: number) {
  let left = width
  let right = -1
  let top = height
  let bottom = -1
  for (let y = 0; y < height; y++) {
    const row = strength.subarray(y * width, (y + 1) * width)
    const first = row.findIndex((value) => value > 0)
    if (first < 0) continue
    left = Math.min(left, first)
    right = Math.max(
      right,
      row.findLastIndex((value) => value > 0),
    )
    top = Math.min(top, y)
    bottom = y
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** The picture with alpha: clear outside a rounded box. */
/** Rounds the picture off: what is outside becomes transparent. */
export function clearMargin({ width, height, channels, data }: Pixels): Pixels {
  const margin = Math.min(width, height) * 0.06
  const round = Math.min(width, height) * 0.16
  const rgba = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const dx = Math.max(0, margin + round - x, x - (width - margin - round))
      const dy = Math.max(0, margin + round - y, y - (height - margin - round))
      for (let channel = 0; channel < 3; channel++)
        rgba[at * 4 + channel] = data[at * channels + channel] ?? 0
      rgba[at * 4 + 3] = Math.hypot(dx, dy) <= round ? 255 : 0
    }
  }
  return { width, height, channels: 4, data: rgba }
}
