import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { renderAsync } from '@resvg/resvg-js'
import { checkSvg, sizedSvg } from './safe-svg.ts'

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSerif.ttf', 'DejaVuSansMono.ttf'].map(
  (file) => join(fonts, file),
)

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
