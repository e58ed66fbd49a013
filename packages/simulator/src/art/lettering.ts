import { renderAsync } from '@resvg/resvg-js'
import { fontOptions, type Strip, smallestBox, wrap } from './caption.ts'

export interface LetteringText {
  /** As they are to be spelled, each on lines of its own. */
  phrases: readonly string[]
  /** Things to draw in a row above the words. */
  count: number | null
}

const lineLettersMax = 18
const letterWidth = 0.74

/** Words large enough to be read, and counted things, on a plate in the middle. Null where the box is too small. */
export async function drawLettering(
  { phrases, count }: LetteringText,
  width: number,
  height: number,
): Promise<Strip | null> {
  const edge = Math.min(width, height)
  if (edge < smallestBox || (phrases.length === 0 && count === null)) return null
  const lines = phrases.flatMap((phrase) => wrap(phrase, lineLettersMax, 4))
  const longest = Math.max(8, ...phrases.flatMap((phrase) => wrap(phrase, lineLettersMax, 4)).map(lettersOf))
  const plate = Math.round(edge * 0.88)
  const rowHeight = count === null ? 0 : edge * 0.16
  const room = (edge * 0.72 - rowHeight) / (Math.max(1, lines.length) * 1.35)
  const size = Math.max(9, Math.floor(Math.min(edge * 0.11, room, plate / (longest * letterWidth))))
  const plateHeight = Math.round(rowHeight + lines.length * size * 1.35 + size * 0.8)
  const words = lines.map(
    (line, i) => `<text x="${plate / 2}" y="${rowHeight + size * (1.25 + i * 1.35)}">${line}</text>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${plate}" height="${plateHeight}">
<rect width="${plate}" height="${plateHeight}" rx="${size * 0.3}" fill="#fbfaf5"/>${dots(count ?? 0, plate, rowHeight)}
<g font-family="DejaVu Sans" font-weight="700" font-size="${size}" fill="#14141c" text-anchor="middle">${words.join('')}</g></svg>`
  const image = await renderAsync(svg, { font: fontOptions })
  return {
    left: Math.round((width - plate) / 2),
    top: Math.max(0, Math.round(height * 0.42 - plateHeight / 2)),
    width: plate,
    height: plateHeight,
    rgba: image.pixels,
  }
}

function dots(count: number, plate: number, rowHeight: number): string {
  const radius = Math.min(rowHeight * 0.32, plate / (count * 3 + 1))
  return Array.from({ length: count }, (_, i) => {
    const x = (plate * (i + 0.5)) / count
    return `<circle cx="${x}" cy="${rowHeight * 0.55}" r="${radius}" fill="#c8412f" stroke="#14141c" stroke-width="${radius * 0.12}"/>`
  }).join('')
}

/** Of a line that is XML already. */
function lettersOf(line: string): number {
  return line.replace(/&#\d+;/g, '.').length
}
