import { backdrop, type Canvas, glow, linear, radial, type Scene, shade } from '../canvas.ts'

function leaf({ u }: Canvas, x: number, y: number, long: number, turn: number, level: number): string {
  const half = long * 0.24
  return `<g transform="rotate(${turn} ${x} ${y})"><path d="M${x} ${y} C${x - half} ${y - long * 0.3} ${x - half} ${y - long * 0.75} ${x} ${y - long} C${x + half} ${y - long * 0.75} ${x + half} ${y - long * 0.3} ${x} ${y} Z" fill="${shade(level)}"/><path d="M${x} ${y} V${y - long * 0.9}" stroke="${shade(level + 0.2)}" stroke-width="${0.4 * u}"/></g>`
}

/** Flat shapes, a sun, leaves from below. */
export const illustration: Scene = (c) => {
  const { u, w, h, cx } = c
  const clouds = Array.from({ length: 3 }, () => {
    const x = w * c.random()
    const y = h * c.between(0.1, 0.3)
    return `<path d="M${x} ${y} h${22 * u} a${4 * u} ${4 * u} 0 0 0 0 ${-8 * u} a${7 * u} ${7 * u} 0 0 0 ${-14 * u} ${-2 * u} a${5 * u} ${5 * u} 0 0 0 ${-8 * u} ${10 * u} Z" fill="${shade(0.93)}" opacity="0.85"/>`
  })
  const leaves = Array.from({ length: 13 }, (_, i) =>
    leaf(
      c,
      w * (i / 12),
      h * c.between(0.98, 1.04),
      c.between(24, 46) * u,
      c.between(-32, 32),
      c.between(0.1, 0.42),
    ),
  )
  return `<defs>${linear('bg', [0.72, 0.86])}${linear('hill', [0.6, 0.42])}</defs>
${backdrop(c, 'url(#bg)')}
<circle cx="${cx + c.between(-20, 20) * u}" cy="${h * 0.42}" r="${24 * u}" fill="${shade(0.98)}"/>
${clouds.join('')}
<path d="M0 ${h * 0.66} C${w * 0.3} ${h * 0.5} ${w * 0.5} ${h * 0.72} ${w} ${h * 0.56} V${h} H0 Z" fill="url(#hill)"/>
<path d="M0 ${h * 0.78} C${w * 0.3} ${h * 0.7} ${w * 0.7} ${h * 0.86} ${w} ${h * 0.7} V${h} H0 Z" fill="${shade(0.32)}"/>
${leaves.join('')}`
}

/** A burst of speed lines, screen dots, a spiky head against the light. */
export const animeComic: Scene = (c) => {
  const { u, w, h, cx, cy } = c
  const reach = Math.hypot(w, h)
  const rays = Array.from({ length: 46 }, (_, i) => {
    const angle = ((i + c.random() * 0.6) / 46) * 2 * Math.PI
    const wide = c.between(0.012, 0.045)
    const from = c.between(34, 46) * u
    const point = (a: number, r: number) => `${cx + Math.cos(a) * r} ${cy + Math.sin(a) * r}`
    return `M${point(angle, from)} L${point(angle - wide, reach)} L${point(angle + wide, reach)} Z`
  })
  let dots = ''
  for (let row = 0; row < 12; row++)
    for (let column = 0; column < 12 - row; column++)
      dots += `<circle cx="${(column * 4 + (row % 2) * 2) * u}" cy="${h - row * 4 * u}" r="${(1.7 - (row + column) * 0.12) * u}"/>`
  const spikes = Array.from({ length: 15 }, (_, i) => {
    const angle = Math.PI * (0.9 + (i / 14) * 1.2)
    const r = (i % 2 ? c.between(24, 31) : 17) * u
    return `${cx + Math.cos(angle) * r} ${cy + Math.sin(angle) * r}`
  })
  const eye = (x: number) =>
    `<ellipse cx="${x}" cy="${cy + 2 * u}" rx="${3 * u}" ry="${4.2 * u}" fill="${shade(0.1)}"/><circle cx="${x + u}" cy="${cy + 0.4 * u}" r="${1.2 * u}" fill="#fff"/>`
  return `<defs>${radial('bg', [1, 0.86, 0.6])}</defs>
${backdrop(c, 'url(#bg)')}
<path d="${rays.join(' ')}" fill="${shade(0.3)}"/><g fill="${shade(0.42)}">${dots}</g>
<path d="M${cx - 24 * u} ${h + u} C${cx - 22 * u} ${cy + 28 * u} ${cx - 8 * u} ${cy + 24 * u} ${cx} ${cy + 24 * u} S${cx + 22 * u} ${cy + 28 * u} ${cx + 24 * u} ${h + u} Z" fill="${shade(0.44)}"/>
<path d="M${cx - 15 * u} ${cy} C${cx - 15 * u} ${cy + 16 * u} ${cx - 5 * u} ${cy + 22 * u} ${cx} ${cy + 22 * u} S${cx + 15 * u} ${cy + 16 * u} ${cx + 15 * u} ${cy} C${cx + 15 * u} ${cy - 20 * u} ${cx - 15 * u} ${cy - 20 * u} ${cx - 15 * u} ${cy} Z" fill="${shade(0.9)}"/>
<path d="M${spikes.join(' L')} L${cx + 9 * u} ${cy - 4 * u} L${cx + 4 * u} ${cy - 9 * u} L${cx - 2 * u} ${cy - 3 * u} L${cx - 8 * u} ${cy - 8 * u} Z" fill="${shade(0.12)}"/>
${eye(cx - 6 * u)}${eye(cx + 6 * u)}<path d="M${cx - 3 * u} ${cy + 13 * u} q${3 * u} ${2.4 * u} ${6 * u} 0" fill="none" stroke="${shade(0.2)}" stroke-width="${0.9 * u}" stroke-linecap="round"/>
<rect x="${2 * u}" y="${2 * u}" width="${w - 4 * u}" height="${h - 4 * u}" fill="none" stroke="${shade(0.04)}" stroke-width="${1.6 * u}"/>`
}

/** A planet over spires in mist, one small figure to give the scale. */
export const conceptArt: Scene = (c) => {
  const { u, w, h } = c
  const planetX = w * c.between(0.25, 0.75)
  const layer = (count: number, level: number, foot: number, low: number, high: number) =>
    Array.from({ length: count }, () => {
      const x = w * c.random()
      const half = c.between(2, 6) * u
      const top = foot - c.between(low, high) * u
      return `<path d="M${x - half} ${foot + 20 * u} L${x - half * 0.4} ${top + 6 * u} L${x} ${top} L${x + half * 0.4} ${top + 6 * u} L${x + half} ${foot + 20 * u} Z" fill="${shade(level)}"/><path d="M${x} ${top} L${x + half * 0.4} ${top + 6 * u} L${x + half} ${foot + 20 * u} H${x} Z" fill="${shade(level - 0.08)}"/>`
    }).join('')
  const mist = (y: number) => `<rect y="${y}" width="${w}" height="${14 * u}" fill="url(#mist)"/>`
  const stars = Array.from(
    { length: 40 },
    () =>
      `<circle cx="${w * c.random()}" cy="${h * 0.5 * c.random()}" r="${c.between(0.15, 0.5) * u}" fill="#fff" opacity="${c.between(0.3, 0.9)}"/>`,
  )
  const manX = w * c.between(0.3, 0.7)
  const manY = h * 0.87
  return `<defs>${linear('bg', [0.08, 0.28, 0.56, 0.8])}${radial('planet', [0.95, 0.66, 0.3], 0.3, 0.3)}${glow('halo', 0.9, 0.5)}<linearGradient id="mist" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity="0"/><stop offset="0.5" stop-color="#ddd" stop-opacity="0.35"/><stop offset="1" stop-color="#ddd" stop-opacity="0"/></linearGradient></defs>
${backdrop(c, 'url(#bg)')}${stars.join('')}
<circle cx="${planetX}" cy="${h * 0.34}" r="${42 * u}" fill="url(#halo)"/><circle cx="${planetX}" cy="${h * 0.34}" r="${24 * u}" fill="url(#planet)"/>
<ellipse cx="${planetX}" cy="${h * 0.34}" rx="${37 * u}" ry="${6 * u}" fill="none" stroke="${shade(0.9)}" stroke-width="${0.9 * u}" opacity="0.7" transform="rotate(-16 ${planetX} ${h * 0.34})"/>
${layer(7, 0.52, h * 0.72, 12, 34)}${mist(h * 0.62)}${layer(6, 0.34, h * 0.8, 14, 42)}${mist(h * 0.72)}
<path d="M0 ${h * 0.86} C${w * 0.3} ${h * 0.8} ${w * 0.6} ${h * 0.92} ${w} ${h * 0.82} V${h} H0 Z" fill="${shade(0.08)}"/>
<path d="M${manX} ${manY} v${-5 * u} m${-1.2 * u} ${5 * u} l${1.2 * u} ${-2 * u} l${1.2 * u} ${2 * u}" stroke="${shade(0.02)}" stroke-width="${1.1 * u}"/><circle cx="${manX}" cy="${manY - 6 * u}" r="${0.9 * u}" fill="${shade(0.02)}"/>`
}

/** Balls, a ring and a block in studio light. */
export const render3d: Scene = (c) => {
  const { u, w, h, cx } = c
  const floor = h * 0.62
  const shadow = (x: number, y: number, r: number) =>
    `<ellipse cx="${x + r * 0.25}" cy="${y + r * 0.96}" rx="${r * 1.2}" ry="${r * 0.26}" fill="url(#shadow)"/>`
  const ball = (x: number, y: number, r: number, kind: string) =>
    `${shadow(x, y, r)}<circle cx="${x}" cy="${y}" r="${r}" fill="url(#${kind})"/><ellipse cx="${x - r * 0.36}" cy="${y - r * 0.42}" rx="${r * 0.2}" ry="${r * 0.13}" fill="#fff" opacity="0.75" transform="rotate(-35 ${x - r * 0.36} ${y - r * 0.42})"/>`
  const side = c.pick([-1, 1])
  const small = Array.from({ length: 4 }, (_, i) =>
    ball(
      cx + side * (-34 + i * 19) * u,
      h * 0.8 + (i % 2) * 5 * u,
      c.between(3.5, 6.5) * u,
      i % 2 ? 'dark' : 'light',
    ),
  )
  const boxX = cx + side * 25 * u
  const boxY = h * 0.6
  return `<defs>${linear('bg', [0.82, 0.66])}${linear('floor', [0.6, 0.78])}${radial('light', [1, 0.74, 0.42], 0.32, 0.28)}${radial('dark', [0.7, 0.34, 0.1], 0.32, 0.28)}${linear('band', [0.66, 0.26], 'corner')}${glow('shadow', 0.05, 0.65)}</defs>
${backdrop(c, 'url(#bg)')}<rect y="${floor}" width="${w}" height="${h}" fill="url(#floor)"/>
<ellipse cx="${boxX}" cy="${boxY + 16 * u}" rx="${24 * u}" ry="${5 * u}" fill="url(#shadow)"/>
<path d="M${boxX} ${boxY - 24 * u} l${17 * u} ${8 * u} l${-17 * u} ${8 * u} l${-17 * u} ${-8 * u} Z" fill="${shade(0.86)}"/><path d="M${boxX - 17 * u} ${boxY - 16 * u} l${17 * u} ${8 * u} v${25 * u} l${-17 * u} ${-8 * u} Z" fill="${shade(0.52)}"/><path d="M${boxX + 17 * u} ${boxY - 16 * u} l${-17 * u} ${8 * u} v${25 * u} l${17 * u} ${-8 * u} Z" fill="${shade(0.3)}"/>
${ball(cx - side * 14 * u, h * 0.52, 23 * u, c.pick(['light', 'dark']))}
<ellipse cx="${cx - side * 14 * u}" cy="${h * 0.52}" rx="${33 * u}" ry="${8 * u}" fill="none" stroke="url(#band)" stroke-width="${3.4 * u}" stroke-dasharray="${78 * u} ${62 * u}" transform="rotate(${-14 * side} ${cx - side * 14 * u} ${h * 0.52})"/>
${small.join('')}`
}
