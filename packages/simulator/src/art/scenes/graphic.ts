import { backdrop, type Canvas, glow, linear, type Scene, shade } from '../canvas.ts'

function petals({ cx, u, between }: Canvas, cy: number): string {
  const count = Math.round(between(5, 9))
  const leaves = Array.from({ length: count }, (_, i) => {
    const turn = `rotate(${(360 / count) * i} ${cx} ${cy})`
    return `<path transform="${turn}" d="M${cx} ${cy} C${cx - 13 * u} ${cy - 9 * u} ${cx - 9 * u} ${cy - 24 * u} ${cx} ${cy - 28 * u} C${cx + 9 * u} ${cy - 24 * u} ${cx + 13 * u} ${cy - 9 * u} ${cx} ${cy} Z" fill="${shade(i % 2 ? 0.32 : 0.56)}" opacity="0.86"/>`
  })
  return `${leaves.join('')}<circle cx="${cx}" cy="${cy}" r="${5 * u}" fill="${shade(0.95)}"/>`
}

function arcs({ cx, u, random }: Canvas, cy: number): string {
  return [26, 19, 12]
    .map((radius, i) => {
      const around = 2 * Math.PI * radius * u
      const turn = Math.round(random() * 8) * 45
      return `<circle cx="${cx}" cy="${cy}" r="${radius * u}" fill="none" stroke="${shade([0.18, 0.42, 0.64][i] ?? 0.5)}" stroke-width="${5.4 * u}" stroke-linecap="round" stroke-dasharray="${around * 0.68} ${around}" transform="rotate(${turn} ${cx} ${cy})"/>`
    })
    .join('')
    .concat(`<circle cx="${cx}" cy="${cy}" r="${5 * u}" fill="${shade(0.3)}"/>`)
}

function shield({ cx, u, pick }: Canvas, cy: number): string {
  const inner = pick([
    `M${cx - 11 * u} ${cy + 8 * u} L${cx - 3 * u} ${cy - 6 * u} L${cx + 2 * u} ${cy + 2 * u} L${cx + 5 * u} ${cy - 2 * u} L${cx + 11 * u} ${cy + 8 * u} Z`,
    `M${cx} ${cy - 13 * u} L${cx + 4 * u} ${cy - 2 * u} H${cx + 13 * u} L${cx + 6 * u} ${cy + 4 * u} L${cx + 9 * u} ${cy + 14 * u} L${cx} ${cy + 8 * u} L${cx - 9 * u} ${cy + 14 * u} L${cx - 6 * u} ${cy + 4 * u} L${cx - 13 * u} ${cy - 2 * u} H${cx - 4 * u} Z`,
  ])
  const six = (r: number) =>
    `M${cx} ${cy - r * u} L${cx + r * 0.87 * u} ${cy - (r / 2) * u} V${cy + (r / 2) * u} L${cx} ${cy + r * u} L${cx - r * 0.87 * u} ${cy + (r / 2) * u} V${cy - (r / 2) * u} Z`
  return `<path d="${six(29)}" fill="${shade(0.24)}"/><path d="${six(25)}" fill="none" stroke="${shade(0.88)}" stroke-width="${u}"/><path d="${inner}" fill="${shade(0.94)}"/>`
}

/** One emblem on plain paper; the words stand below it. */
export const logo: Scene = (c) =>
  `${backdrop(c, shade(c.pick([0.94, 0.97])))}${c.pick([petals, arcs, shield])(c, c.h * 0.4)}`

/** Big plain shapes that leave room for big words. */
export const textPoster: Scene = (c) => {
  const { u, w, h } = c
  const stripes = Array.from(
    { length: 9 },
    (_, i) => `M${-20 * u + i * 9 * u} ${h} l${60 * u} ${-60 * u}`,
  ).join(' ')
  const moon = c.pick([0.3, 0.5, 0.72])
  return `<defs>${linear('bg', [0.1, 0.24], 'corner')}${linear('disc', [0.96, 0.6])}</defs>
${backdrop(c, 'url(#bg)')}
<path d="${stripes}" stroke="${shade(0.36)}" stroke-width="${3 * u}" opacity="0.6"/>
<circle cx="${w * moon}" cy="${h * 0.36}" r="${33 * u}" fill="url(#disc)"/>
<path d="M0 ${h * 0.7} C${w * 0.3} ${h * 0.58} ${w * 0.55} ${h * 0.82} ${w} ${h * 0.64} V${h} H0 Z" fill="${shade(0.5)}"/>
<path d="M0 ${h * 0.8} C${w * 0.35} ${h * 0.7} ${w * 0.6} ${h * 0.9} ${w} ${h * 0.76} V${h} H0 Z" fill="${shade(0.3)}"/>
<rect x="${4 * u}" y="${4 * u}" width="${w - 8 * u}" height="${h - 8 * u}" fill="none" stroke="${shade(0.92)}" stroke-width="${0.7 * u}"/>`
}

const glyphs: Record<string, (c: Canvas) => string> = {
  cloud: ({ cx, cy, u }) =>
    `<path d="M${cx - 14 * u} ${cy + 9 * u} a${8 * u} ${8 * u} 0 0 1 ${u} ${-16 * u} a${12 * u} ${12 * u} 0 0 1 ${23 * u} ${-2 * u} a${9 * u} ${9 * u} 0 0 1 ${5 * u} ${18 * u} Z" fill="${shade(0.97)}"/>`,
  bolt: ({ cx, cy, u }) =>
    `<path d="M${cx + 4 * u} ${cy - 19 * u} L${cx - 12 * u} ${cy + 3 * u} H${cx - u} L${cx - 5 * u} ${cy + 19 * u} L${cx + 12 * u} ${cy - 5 * u} H${cx + u} Z" fill="${shade(0.97)}"/>`,
  heart: ({ cx, cy, u }) =>
    `<path d="M${cx} ${cy + 16 * u} C${cx - 34 * u} ${cy - 6 * u} ${cx - 12 * u} ${cy - 26 * u} ${cx} ${cy - 9 * u} C${cx + 12 * u} ${cy - 26 * u} ${cx + 34 * u} ${cy - 6 * u} ${cx} ${cy + 16 * u} Z" fill="${shade(0.97)}"/>`,
  camera: ({ cx, cy, u }) =>
    `<path d="M${cx - 18 * u} ${cy - 9 * u} h${8 * u} l${3 * u} ${-5 * u} h${14 * u} l${3 * u} ${5 * u} h${8 * u} v${23 * u} h${-36 * u} Z" fill="${shade(0.97)}" stroke="${shade(0.97)}" stroke-width="${3 * u}" stroke-linejoin="round"/><circle cx="${cx}" cy="${cy + 2 * u}" r="${8 * u}" fill="${shade(0.4)}"/><circle cx="${cx}" cy="${cy + 2 * u}" r="${4 * u}" fill="${shade(0.85)}"/>`,
}

/** A rounded tile with one sign, as on a phone. */
export const uiIcon: Scene = (c) => {
  const { u, cx, cy } = c
  const glyph = c.pick(['cloud', 'bolt', 'heart', 'camera'] as const)
  return `<defs>${linear('bg', [0.95, 0.82])}${linear('tile', [0.66, 0.2], 'corner')}${glow('shadow', 0.08, 0.6)}</defs>
${backdrop(c, 'url(#bg)')}
<ellipse cx="${cx}" cy="${cy + 33 * u}" rx="${38 * u}" ry="${9 * u}" fill="url(#shadow)"/>
<rect x="${cx - 32 * u}" y="${cy - 32 * u}" width="${64 * u}" height="${64 * u}" rx="${16 * u}" fill="url(#tile)"/>
<path d="M${cx - 32 * u} ${cy - 8 * u} V${cy - 16 * u} A${16 * u} ${16 * u} 0 0 1 ${cx - 16 * u} ${cy - 32 * u} H${cx + 16 * u} A${16 * u} ${16 * u} 0 0 1 ${cx + 32 * u} ${cy - 16 * u} C${cx + 10 * u} ${cy - 4 * u} ${cx - 12 * u} ${cy - 14 * u} ${cx - 32 * u} ${cy - 2 * u} Z" fill="#fff" opacity="0.16"/>
${glyphs[glyph]?.(c) ?? ''}`
}

function bars(c: Canvas, x: number, y: number, wide: number, high: number): string {
  const step = wide / 6
  return Array.from({ length: 6 }, (_, i) => {
    const tall = high * c.between(0.25, 1)
    return `<rect x="${x + i * step}" y="${y + high - tall}" width="${step * 0.66}" height="${tall}" rx="${0.8 * c.u}" fill="${shade(0.2 + 0.09 * i)}"/>`
  }).join('')
}

function ring(x: number, y: number, radius: number): string {
  const around = 2 * Math.PI * radius
  let from = 0
  return [0.45, 0.3, 0.25]
    .map((share, i) => {
      const part = `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${shade([0.24, 0.48, 0.7][i] ?? 0.5)}" stroke-width="${radius * 0.5}" stroke-dasharray="${around * share} ${around}" stroke-dashoffset="${-around * from}"/>`
      from += share
      return part
    })
    .join('')
}

function lines({ u, between }: Canvas, x: number, y: number, wide: number, rows: number): string {
  return Array.from(
    { length: rows },
    (_, i) =>
      `<rect x="${x}" y="${y + i * 3.4 * u}" width="${wide * between(0.55, 1)}" height="${1.4 * u}" rx="${0.7 * u}" fill="${shade(0.72)}"/>`,
  ).join('')
}

/** Charts in cards. */
export const infographic: Scene = (c) => {
  const { u, w, h } = c
  const card = (x: number, y: number, wide: number, high: number) =>
    `<rect x="${x}" y="${y}" width="${wide}" height="${high}" rx="${2.5 * u}" fill="${shade(0.99)}"/>`
  const half = w / 2
  const curve = `M${8 * u} ${h * 0.78} C${w * 0.25} ${h * c.between(0.6, 0.76)} ${w * 0.45} ${h * c.between(0.68, 0.8)} ${w * 0.6} ${h * 0.68} S${w * 0.85} ${h * c.between(0.58, 0.68)} ${w - 8 * u} ${h * 0.62}`
  return `${backdrop(c, shade(0.9))}
<rect width="${w}" height="${h * 0.13}" fill="${shade(0.22)}"/>
<rect x="${6 * u}" y="${h * 0.04}" width="${w * 0.42}" height="${2.6 * u}" rx="${1.3 * u}" fill="${shade(0.95)}"/><rect x="${6 * u}" y="${h * 0.08}" width="${w * 0.26}" height="${1.6 * u}" rx="${0.8 * u}" fill="${shade(0.6)}"/>
${card(4 * u, h * 0.17, half - 6 * u, h * 0.35)}${card(half + 2 * u, h * 0.17, half - 6 * u, h * 0.35)}${card(4 * u, h * 0.55, w - 8 * u, h * 0.28)}
${bars(c, 8 * u, h * 0.21, half - 14 * u, h * 0.27)}
${ring(half + (half - 2 * u) * 0.36, h * 0.345, Math.min(half * 0.2, h * 0.11))}${lines(c, half + (half - 2 * u) * 0.68, h * 0.28, half * 0.22, 5)}
<path d="${curve} V${h * 0.81} H${8 * u} Z" fill="${shade(0.66)}" opacity="0.5"/><path d="${curve}" fill="none" stroke="${shade(0.3)}" stroke-width="${1.2 * u}"/>`
}
