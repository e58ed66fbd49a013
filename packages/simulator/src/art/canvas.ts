import { randomFrom } from '../seeded.ts'

/** What a scene draws on. Everything is measured in `u`, a hundredth of the shorter edge, so it fits any shape. */
export interface Canvas {
  w: number
  h: number
  u: number
  cx: number
  cy: number
  random(): number
  between(low: number, high: number): number
  pick<T>(options: readonly [T, ...T[]]): T
}

/** Draws one composition as SVG in greys: 0 is the darkest colour of a palette, 1 its lightest. */
export type Scene = (canvas: Canvas) => string

export function createCanvas(w: number, h: number, seed: string): Canvas {
  const random = randomFrom(seed)
  return {
    w,
    h,
    u: Math.min(w, h) / 100,
    cx: w / 2,
    cy: h / 2,
    random,
    between: (low, high) => low + (high - low) * random(),
    pick: (options) => options[Math.floor(random() * options.length)] ?? options[0],
  }
}

/** A shade as an SVG colour. */
export function shade(level: number): string {
  const value = Math.round(Math.min(1, Math.max(0, level)) * 255)
  return `rgb(${value},${value},${value})`
}

function stops(levels: readonly number[]): string {
  return levels
    .map((level, i) => `<stop offset="${i / Math.max(1, levels.length - 1)}" stop-color="${shade(level)}"/>`)
    .join('')
}

/** A gradient from top to bottom, or as `across` says, from left to right or corner to corner. */
export function linear(
  id: string,
  levels: readonly number[],
  across: 'down' | 'right' | 'corner' = 'down',
): string {
  const [x2, y2] = across === 'down' ? [0, 1] : across === 'right' ? [1, 0] : [1, 1]
  return `<linearGradient id="${id}" x1="0" y1="0" x2="${x2}" y2="${y2}">${stops(levels)}</linearGradient>`
}

/** A ball of light whose brightest point lies at (fx, fy) of the shape. */
export function radial(id: string, levels: readonly number[], fx = 0.5, fy = 0.5): string {
  return `<radialGradient id="${id}" cx="0.5" cy="0.5" r="0.6" fx="${fx}" fy="${fy}">${stops(levels)}</radialGradient>`
}

/** A fade from one shade to nothing: glows and soft shadows. */
export function glow(id: string, level: number, opacity: number): string {
  const colour = shade(level)
  return `<radialGradient id="${id}"><stop offset="0" stop-color="${colour}" stop-opacity="${opacity}"/><stop offset="0.55" stop-color="${colour}" stop-opacity="${opacity * 0.35}"/><stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient>`
}

export function backdrop({ w, h }: Canvas, fill: string): string {
  return `<rect width="${w}" height="${h}" fill="${fill}"/>`
}
