import { fileURLToPath } from 'node:url'
import { renderAsync } from '@resvg/resvg-js'

/** A strip of RGBA pixels to lay over a picture, and where. */
export interface Strip {
  left: number
  top: number
  width: number
  height: number
  rgba: Uint8Array
}

interface CaptionText {
  prompt: string
  /** `provider/model`, shown behind the word "simulated". */
  maker: string
  /** The prompt's words stand large rather than small. */
  headline: boolean
  /** Hides what is below it, such as an older caption. */
  solid?: boolean
}

export interface Captions {
  /** Null where the box is too small to hold a word. */
  draw(text: CaptionText, width: number, height: number): Promise<Strip | null>
}

// By path: a bare machine has no fonts, and resvg without a font draws nothing and says nothing.
const fontFile = fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'))
export const fontOptions = { loadSystemFonts: false, fontFiles: [fontFile], defaultFontFamily: 'DejaVu Sans' }
/** Mean advance of a bold letter, in font sizes; on the wide side, so that a line never runs out of its box. */
const letterWidth = 0.7
/** The shorter edge below which no word can be read. */
export const smallestBox = 96

/** Draws the words of pictures, each as one strip at the foot. A repeated one is not drawn again. */
export function createCaptions(stripsKept: number): Captions {
  const kept = new Map<string, Promise<Strip | null>>()
  return {
    draw(text, width, height) {
      const key = `${width}x${height}/${text.headline}/${text.solid === true}/${text.maker}/${firstWords(text.prompt)}`
      const strip = kept.get(key) ?? drawStrip(text, width, height)
      kept.delete(key)
      kept.set(key, strip)
      for (const oldest of kept.keys()) {
        if (kept.size <= stripsKept) break
        kept.delete(oldest)
      }
      return strip
    },
  }
}

async function drawStrip(text: CaptionText, width: number, height: number): Promise<Strip | null> {
  if (Math.min(width, height) < smallestBox) return null
  const edge = Math.min(width, height)
  const size = Math.max(9, Math.round(edge * (text.headline ? 0.058 : 0.03)))
  const small = Math.max(8, Math.round(edge * 0.025))
  const pad = Math.round(edge * 0.03)
  const lines = wrap(firstWords(text.prompt), Math.floor((width - 2 * pad) / (size * letterWidth)), 2)
  const stripHeight = Math.min(height, Math.round(pad * 1.5 + lines.length * size * 1.25 + small * 1.2))
  const words = lines.map(
    (line, i) => `<text x="${pad}" y="${pad * 0.6 + size * (1 + i * 1.25)}">${line}</text>`,
  )
  const mark = `SIMULATED · ${escapeXml(text.maker)}`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${stripHeight}">
<rect width="${width}" height="${stripHeight}" fill="#0a0a14" fill-opacity="${text.solid ? 1 : 0.62}"/>
<g font-family="DejaVu Sans" font-weight="700" font-size="${size}" fill="#fff">${words.join('')}</g>
<text x="${pad}" y="${stripHeight - pad * 0.6}" font-family="DejaVu Sans" font-weight="700" font-size="${small}" fill="#fff" fill-opacity="0.78" letter-spacing="${small * 0.06}">${mark}</text></svg>`
  const image = await renderAsync(svg, { font: fontOptions })
  return { left: 0, top: height - stripHeight, width, height: stripHeight, rgba: image.pixels }
}

/** At most so many words of a prompt, without what the font cannot show. */
function firstWords(prompt: string): string {
  const words = prompt
    .replace(/[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\p{P}\p{Zs}]+/gu, ' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word))
  return words.slice(0, 12).join(' ').slice(0, 90)
}

/** Lines of XML text. */
export function wrap(text: string, lettersMax: number, linesMax: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word
    if (longer.length <= lettersMax) line = longer
    else {
      if (line) lines.push(line)
      line = word.slice(0, lettersMax)
    }
  }
  if (line) lines.push(line)
  const shown = lines.slice(0, linesMax)
  if (lines.length > linesMax)
    shown[linesMax - 1] = `${shown[linesMax - 1]?.slice(0, Math.max(0, lettersMax - 1))}…`
  return shown.map(escapeXml)
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
