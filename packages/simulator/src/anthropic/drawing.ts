import { textOf } from '../art/artist.ts'
import type { Skill } from '../art/skill.ts'
import { randomFrom } from '../seeded.ts'

/** Shapes of one drawing: about what a model writes that was asked for a picture and not for a sketch. */
const shapes = 26

/** An SVG document drawn from the seed, with the prompt's words in it, as well as the model can spell. */
export function drawing(seed: string, prompt: string, width: number, height: number, skill: Skill): string {
  const chance = randomFrom(seed)
  const between = (low: number, high: number) => Math.round(low + chance() * (high - low))
  const hue = between(0, 359)
  const colour = (light: number) =>
    `hsl(${(hue + between(-30, 30) + 360) % 360}, ${between(40, 85)}%, ${light}%)`
  const shape = () => {
    const [x, y, size] = [between(0, width), between(0, height), between(width / 20, width / 4)]
    const fill = `fill="${colour(between(30, 75))}" fill-opacity="0.${between(4, 9)}"`
    switch (between(0, 2)) {
      case 0:
        return `  <circle cx="${x}" cy="${y}" r="${size}" ${fill}/>`
      case 1:
        return `  <rect x="${x}" y="${y}" width="${size}" height="${size}" rx="${between(0, 30)}" ${fill}/>`
      default:
        return `  <path d="M ${x} ${y} q ${size} ${-size} ${size * 2} 0 t ${-size} ${size} z" ${fill} stroke="${colour(25)}" stroke-width="2"/>`
    }
  }
  const { phrases, count } = textOf(prompt, skill, seed)
  const told = phrases.length > 0 ? '' : plain(prompt).split(/\s+/).slice(0, 6).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `  <defs><linearGradient id="ground" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${colour(92)}"/><stop offset="1" stop-color="${colour(70)}"/></linearGradient></defs>`,
    `  <rect width="${width}" height="${height}" fill="url(#ground)"/>`,
    ...Array.from({ length: shapes }, shape),
    `  <text x="${width / 2}" y="${height * 0.86}" text-anchor="middle" font-family="sans-serif" font-size="${Math.round(width / 20)}" fill="#222">${told}</text>`,
    ...lettering(phrases.map(plain), count ?? 0, width, height),
    `  <text x="${width / 2}" y="${height * 0.94}" text-anchor="middle" font-family="sans-serif" font-size="${Math.round(width / 32)}" fill="#555">simulated</text>`,
    '</svg>',
  ].join('\n')
}

function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:'-]/gu, ' ')
}

/** The words that were asked for, a line each, on a plate; above them what was counted out. */
function lettering(lines: string[], count: number, width: number, height: number): string[] {
  if (lines.length === 0 && count === 0) return []
  const size = Math.round(
    Math.min(height / 10, (width * 0.84) / (0.66 * Math.max(8, ...lines.map((line) => line.length)))),
  )
  const top = height / 2 - (lines.length * size * 1.4) / 2
  return [
    `  <rect x="${width * 0.05}" y="${top - size * 1.6}" width="${width * 0.9}" height="${(lines.length + 1.6) * size * 1.4}" fill="#fdfdfa"/>`,
    ...Array.from(
      { length: count },
      (_, i) =>
        `  <circle cx="${(width * (i + 0.5)) / count}" cy="${top - size * 0.7}" r="${size * 0.5}" fill="#b33"/>`,
    ),
    ...lines.map(
      (line, i) =>
        `  <text x="${width / 2}" y="${top + size * (1 + i * 1.4)}" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${size}" fill="#111">${line}</text>`,
    ),
  ]
}

/** The size that somebody asks for in words: "512x512", or a view box. */
export function askedSize(text: string): { width: number; height: number } {
  const [, width = 512, height = 512] =
    /\b(\d{2,4})\s?[x×]\s?(\d{2,4})\b/.exec(text) ?? /viewBox="0 0 (\d{2,4}) (\d{2,4})"/.exec(text) ?? []
  return { width: Number(width), height: Number(height) }
}
