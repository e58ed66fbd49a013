import { fileURLToPath } from 'node:url'
import { renderAsync } from '@resvg/resvg-js'
import { checkSvg, sizedSvg } from './safe-svg.ts'

const fontFiles = [
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSerif.ttf'),
  import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'),
].map((url) => fileURLToPath(url))

/**
 * Pixels of a drawing that somebody else wrote: PNG on white, of just this size. Reads no file and no network but the
 * fonts shipped here. Throws with the reason where it will not or cannot be drawn.
 */
export async function drawSvg(svg: string, width: number, height: number): Promise<Uint8Array> {
  checkSvg(svg)
  const image = await renderAsync(sizedSvg(svg, width, height), {
    fitTo: { mode: 'original' },
    background: '#ffffff',
    font: {
      loadSystemFonts: false,
      fontFiles,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
      serifFamily: 'DejaVu Serif',
      monospaceFamily: 'DejaVu Sans Mono',
    },
    logLevel: 'off',
  })
  return image.asPng()
}

/** The one drawing in an answer, whatever stands around it; null if there is none, or it was cut. */
export function svgIn(text: string): string | null {
  const start = text.search(/<svg[\s>]/i)
  const end = text.toLowerCase().lastIndexOf('</svg>')
  return start < 0 || end < start ? null : text.slice(start, end + '</svg>'.length)
}
