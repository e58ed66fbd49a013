import { renderAsync } from '@resvg/resvg-js'
import type { Provider } from '../prices/table.ts'
import { type Canvas, createCanvas, shade } from './canvas.ts'
import { contents } from './content.ts'

/** One composition at one size, a byte of shade per pixel: the colours come later, so few tiles make many pictures. */
type Tile = Uint8Array

export interface Tiles {
  get(provider: Provider, content: string, variant: number, width: number, height: number): Promise<Tile>
}

/** Compositions per content type and provider. */
export const tileVariants = 3

/** Draws tiles on demand and keeps the most recently used ones, up to `maxBytes`. */
export function createTiles(maxBytes: number): Tiles {
  const kept = new Map<string, { tile: Promise<Tile>; bytes: number }>()
  let bytesKept = 0

  function remember(key: string, tile: Promise<Tile>, bytes: number): void {
    kept.set(key, { tile, bytes })
    bytesKept += bytes
    for (const [oldest, { bytes: freed }] of kept) {
      if (bytesKept <= maxBytes || oldest === key) break
      kept.delete(oldest)
      bytesKept -= freed
    }
  }

  return {
    get(provider, content, variant, width, height) {
      const key = `${provider}/${content}/${variant}/${width}x${height}`
      const known = kept.get(key)
      if (known) {
        kept.delete(key)
        kept.set(key, known)
        return known.tile
      }
      const tile = draw(provider, content, variant, width, height)
      remember(key, tile, width * height)
      return tile
    },
  }
}

async function draw(
  provider: Provider,
  content: string,
  variant: number,
  width: number,
  height: number,
): Promise<Tile> {
  const canvas = createCanvas(width, height, `${provider}/${content}/${variant}`)
  const scene = contents.find(({ name }) => name === content)?.scene
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${scene?.(canvas) ?? ''}${finish(provider, canvas)}</svg>`
  const { pixels } = await renderAsync(svg, { font: { loadSystemFonts: false } })
  const tile = new Uint8Array(width * height)
  for (let i = 0; i < tile.length; i++) tile[i] = pixels[i * 4] ?? 0
  return tile
}

/** A provider's hand, laid over every composition: a soft light, facets, or contour lines. */
function finish(provider: Provider, canvas: Canvas): string {
  const { w, h, u, between } = canvas
  if (provider === 'openai')
    return `<defs><radialGradient id="soft" cx="0.2" cy="0.1" r="0.9"><stop offset="0" stop-color="#fff" stop-opacity="0.22"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><rect width="${w}" height="${h}" fill="url(#soft)"/>`
  if (provider === 'replicate') {
    const facets = Array.from({ length: 9 }, () => {
      const corners = Array.from({ length: 3 }, () => `${w * between(-0.2, 1.2)} ${h * between(-0.2, 1.2)}`)
      return `<path d="M${corners.join(' L')} Z" fill="${between(0, 1) < 0.5 ? '#fff' : '#000'}" opacity="0.05"/>`
    })
    return facets.join('')
  }
  const waves = Array.from({ length: 9 }, (_, i) => {
    const y = (h * (i + 0.5)) / 9
    const swing = between(3, 9) * u
    return `M0 ${y} C${w * 0.3} ${y - swing} ${w * 0.6} ${y + swing} ${w} ${y - swing * 0.4}`
  })
  return `<path d="${waves.join(' ')}" fill="none" stroke="${shade(1)}" stroke-width="${0.35 * u}" opacity="0.28"/>`
}
