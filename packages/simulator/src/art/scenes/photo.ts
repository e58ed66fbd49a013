import { backdrop, type Canvas, glow, linear, radial, type Scene, shade } from '../canvas.ts'

/** A sitter before a halo, lit from one side. */
export const portrait: Scene = (c) => {
  const { u, cx, w, h } = c
  const headY = h * 0.42
  const hair = c.between(0.04, 0.2)
  const long = c.random() < 0.5
  const locks = long
    ? `<path d="M${cx - 19 * u} ${headY} Q${cx - 25 * u} ${headY + 34 * u} ${cx - 15 * u} ${headY + 38 * u} H${cx + 15 * u} Q${cx + 25 * u} ${headY + 34 * u} ${cx + 19 * u} ${headY} Z" fill="${shade(hair)}"/>`
    : ''
  const lean = c.pick([-1, 1])
  return `<defs>${radial('bg', [0.5, 0.3, 0.16], 0.5 + 0.2 * lean, 0.35)}${radial('halo', [0.78, 0.62])}${linear('skin', lean > 0 ? [0.72, 0.94] : [0.94, 0.72], 'right')}${linear('cloth', [0.4, 0.2])}</defs>
${backdrop(c, 'url(#bg)')}
<circle cx="${cx}" cy="${headY}" r="${33 * u}" fill="url(#halo)" opacity="0.9"/>
<circle cx="${cx}" cy="${headY}" r="${38 * u}" fill="none" stroke="${shade(0.7)}" stroke-width="${0.5 * u}" opacity="0.6"/>
${locks}
<path d="M${cx - 44 * u} ${h + u} C${cx - 42 * u} ${headY + 34 * u} ${cx - 22 * u} ${headY + 30 * u} ${cx - 7 * u} ${headY + 27 * u} H${cx + 7 * u} C${cx + 22 * u} ${headY + 30 * u} ${cx + 42 * u} ${headY + 34 * u} ${cx + 44 * u} ${h + u} Z" fill="url(#cloth)"/>
<path d="M${cx - 6.5 * u} ${headY + 10 * u} V${headY + 27 * u} Q${cx} ${headY + 35 * u} ${cx + 6.5 * u} ${headY + 27 * u} V${headY + 10 * u} Z" fill="${shade(0.66)}"/>
<ellipse cx="${cx}" cy="${headY + 2 * u}" rx="${15 * u}" ry="${19 * u}" fill="url(#skin)"/>
<path d="M${cx - 16 * u} ${headY + 3 * u} C${cx - 19 * u} ${headY - 26 * u} ${cx + 19 * u} ${headY - 26 * u} ${cx + 16 * u} ${headY + 3 * u} C${cx + 13 * u} ${headY - 9 * u} ${cx + 6 * lean * u} ${headY - 12 * u} ${cx - 3 * lean * u} ${headY - 11 * u} C${cx - 9 * u} ${headY - 9 * u} ${cx - 14 * u} ${headY - 6 * u} ${cx - 16 * u} ${headY + 3 * u} Z" fill="${shade(hair)}"/>
<g fill="none" stroke="${shade(0.12)}" stroke-width="${0.9 * u}" stroke-linecap="round">
<path d="M${cx - 8.5 * u} ${headY + 2 * u} q${2.7 * u} ${2.2 * u} ${5.4 * u} 0 M${cx + 3.1 * u} ${headY + 2 * u} q${2.7 * u} ${2.2 * u} ${5.4 * u} 0"/>
<path d="M${cx} ${headY + 3 * u} l${-1.4 * lean * u} ${5.5 * u} h${1.6 * lean * u}" stroke="${shade(0.5)}"/>
<path d="M${cx - 4 * u} ${headY + 12.5 * u} q${4 * u} ${3 * u} ${8 * u} 0" stroke="${shade(0.36)}" stroke-width="${1.3 * u}"/></g>
<rect y="${h - 12 * u}" width="${w}" height="${12 * u}" fill="${shade(0.05)}" opacity="0.25"/>`
}

function bottle({ u, cx }: Canvas, base: number): string {
  const top = base - 46 * u
  return `<rect x="${cx - 4 * u}" y="${top - 11 * u}" width="${8 * u}" height="${9 * u}" rx="${1.2 * u}" fill="url(#cap)"/>
<path d="M${cx - 3.4 * u} ${top - 2 * u} V${top + 3 * u} C${cx - 12 * u} ${top + 6 * u} ${cx - 12 * u} ${top + 12 * u} ${cx - 12 * u} ${top + 14 * u} V${base - 3 * u} Q${cx - 12 * u} ${base} ${cx - 9 * u} ${base} H${cx + 9 * u} Q${cx + 12 * u} ${base} ${cx + 12 * u} ${base - 3 * u} V${top + 14 * u} C${cx + 12 * u} ${top + 12 * u} ${cx + 12 * u} ${top + 6 * u} ${cx + 3.4 * u} ${top + 3 * u} V${top - 2 * u} Z" fill="url(#glass)"/>
<rect x="${cx - 12 * u}" y="${top + 20 * u}" width="${24 * u}" height="${14 * u}" fill="${shade(0.93)}"/>
<path d="M${cx - 8 * u} ${top + 25 * u} h${16 * u} M${cx - 5 * u} ${top + 29 * u} h${10 * u}" stroke="${shade(0.35)}" stroke-width="${1.1 * u}"/>
<rect x="${cx - 9.5 * u}" y="${top + 12 * u}" width="${1.8 * u}" height="${30 * u}" rx="${0.9 * u}" fill="#fff" opacity="0.55"/>`
}

function jar({ u, cx }: Canvas, base: number): string {
  return `<rect x="${cx - 19 * u}" y="${base - 27 * u}" width="${38 * u}" height="${27 * u}" rx="${5 * u}" fill="url(#glass)"/>
<rect x="${cx - 20 * u}" y="${base - 38 * u}" width="${40 * u}" height="${12 * u}" rx="${2 * u}" fill="url(#cap)"/>
<circle cx="${cx}" cy="${base - 13 * u}" r="${7 * u}" fill="${shade(0.93)}"/><circle cx="${cx}" cy="${base - 13 * u}" r="${4 * u}" fill="none" stroke="${shade(0.35)}" stroke-width="${u}"/>
<rect x="${cx - 16 * u}" y="${base - 23 * u}" width="${1.8 * u}" height="${18 * u}" rx="${0.9 * u}" fill="#fff" opacity="0.5"/>`
}

function carton({ u, cx }: Canvas, base: number): string {
  return `<path d="M${cx - 18 * u} ${base - 44 * u} L${cx + 4 * u} ${base - 48 * u} V${base + 2 * u} L${cx - 18 * u} ${base - 3 * u} Z" fill="url(#glass)"/>
<path d="M${cx + 4 * u} ${base - 48 * u} L${cx + 19 * u} ${base - 43 * u} V${base - 3 * u} L${cx + 4 * u} ${base + 2 * u} Z" fill="${shade(0.3)}"/>
<circle cx="${cx - 7 * u}" cy="${base - 27 * u}" r="${6 * u}" fill="${shade(0.93)}"/>
<path d="M${cx - 14 * u} ${base - 13 * u} l${14 * u} ${2 * u} M${cx - 14 * u} ${base - 9 * u} l${9 * u} ${1.4 * u}" stroke="${shade(0.85)}" stroke-width="${1.2 * u}"/>`
}

/** A studio sweep, a podium, one thing on it. */
export const productPhoto: Scene = (c) => {
  const { u, cx, w, h } = c
  const base = h * 0.7
  const thing = c.pick([bottle, jar, carton])
  return `<defs>${linear('bg', [0.62, 0.8, 0.9])}${linear('floor', [0.72, 0.5])}${linear('pod', [0.5, 0.95, 0.6], 'right')}${linear('glass', [0.22, 0.58, 0.3], 'right')}${linear('cap', [0.08, 0.34, 0.12], 'right')}${glow('shadow', 0.05, 0.7)}${glow('light', 1, 0.8)}</defs>
${backdrop(c, 'url(#bg)')}
<circle cx="${cx + c.between(-14, 14) * u}" cy="${h * 0.38}" r="${30 * u}" fill="${shade(0.7)}"/>
<circle cx="${cx - 24 * u}" cy="${h * 0.2}" r="${40 * u}" fill="url(#light)"/>
<rect y="${base - 2 * u}" width="${w}" height="${h - base + 2 * u}" fill="url(#floor)"/>
<ellipse cx="${cx + 8 * u}" cy="${base + 15 * u}" rx="${42 * u}" ry="${9 * u}" fill="url(#shadow)"/>
<path d="M${cx - 30 * u} ${base} V${base + 11 * u} A${30 * u} ${6 * u} 0 0 0 ${cx + 30 * u} ${base + 11 * u} V${base} Z" fill="url(#pod)"/>
<ellipse cx="${cx}" cy="${base}" rx="${30 * u}" ry="${6 * u}" fill="${shade(0.94)}"/>
<ellipse cx="${cx + 3 * u}" cy="${base + 0.8 * u}" rx="${20 * u}" ry="${3.4 * u}" fill="url(#shadow)"/>
${thing(c, base)}`
}

function ridge({ w, h, between }: Canvas, y: number, swing: number, fill: string): string {
  const step = w / 6
  let before = y + between(-swing, swing)
  let path = `M0 ${h} V${before}`
  for (let x = step; x < w + step; x += step) {
    const next = y + between(-swing, swing)
    path += ` C${x - step / 2} ${before} ${x - step / 2} ${next} ${x} ${next}`
    before = next
  }
  return `<path d="${path} V${h} Z" fill="${fill}"/>`
}

function pine(x: number, y: number, size: number, level: number): string {
  const layer = (top: number, half: number, foot: number) =>
    `M${x} ${y - top * size} L${x + half * size} ${y - foot * size} H${x - half * size} Z `
  return `<path d="${layer(1, 0.22, 0.55)}${layer(0.75, 0.3, 0.3)}${layer(0.5, 0.38, 0)}" fill="${shade(level)}"/>`
}

function street(c: Canvas): string {
  const { w, h, u } = c
  let towers = ''
  for (let x = -2 * u; x < w; ) {
    const wide = c.between(8, 16) * u
    const high = c.between(18, 46) * u
    const level = c.between(0.1, 0.3)
    towers += `<rect x="${x}" y="${h * 0.74 - high}" width="${wide - u}" height="${high + h}" fill="${shade(level)}"/>`
    for (let wy = h * 0.74 - high + 3 * u; wy < h * 0.72; wy += 4 * u)
      if (c.random() < 0.75)
        towers += `<path d="M${x + 2 * u} ${wy} H${x + wide - 3 * u}" stroke="${shade(0.85)}" stroke-width="${1.3 * u}" stroke-dasharray="${1.4 * u} ${1.5 * u}" opacity="${c.between(0.25, 0.9)}"/>`
    x += wide
  }
  return `${towers}<rect y="${h * 0.76}" width="${w}" height="${h}" fill="${shade(0.12)}"/>`
}

/** Sky, sun, and hills, a lake or a town below. */
export const photoScene: Scene = (c) => {
  const { u, w, h } = c
  const sunX = w * c.between(0.22, 0.78)
  const sunY = h * c.between(0.24, 0.42)
  const land = c.pick(['hills', 'lake', 'town'] as const)
  const far = ridge(c, h * 0.56, 9 * u, shade(0.5)) + ridge(c, h * 0.63, 8 * u, shade(0.38))
  let near = ''
  if (land === 'town') near = street(c)
  if (land === 'lake') {
    near = `<rect y="${h * 0.66}" width="${w}" height="${h}" fill="url(#water)"/>`
    for (let i = 0; i < 9; i++)
      near += `<rect x="${sunX - (3 + i * 1.7) * u * c.between(0.5, 1)}" y="${h * 0.67 + i * 3.2 * u}" width="${(5 + i * 2.6) * u}" height="${0.8 * u}" rx="${0.4 * u}" fill="${shade(0.95)}" opacity="${0.75 - i * 0.06}"/>`
  }
  if (land === 'hills') near = ridge(c, h * 0.73, 6 * u, shade(0.26)) + ridge(c, h * 0.84, 5 * u, shade(0.15))
  let trees = ''
  if (land !== 'town')
    for (let i = 0; i < 7; i++)
      trees += pine(w * c.random(), h * c.between(0.86, 1.02), c.between(14, 26) * u, c.between(0.03, 0.1))
  const birds = [0, 1, 2]
    .map(
      (i) =>
        `M${w * 0.3 + i * 9 * u} ${h * 0.2 + i * 3 * u} q${2 * u} ${-2 * u} ${4 * u} 0 q${2 * u} ${-2 * u} ${4 * u} 0`,
    )
    .join(' ')
  return `<defs>${linear('sky', [0.34, 0.58, 0.82, 0.95])}${glow('sun', 1, 0.95)}${linear('water', [0.8, 0.45, 0.25])}</defs>
${backdrop(c, 'url(#sky)')}
<circle cx="${sunX}" cy="${sunY}" r="${34 * u}" fill="url(#sun)"/><circle cx="${sunX}" cy="${sunY}" r="${8 * u}" fill="${shade(1)}"/>
<path d="${birds}" fill="none" stroke="${shade(0.15)}" stroke-width="${0.6 * u}"/>
${far}${near}${trees}`
}
