const bytesMax = 512_000
const elementsMax = 20_000
/** k elements that refer to others can stand for at most e^(k/e) drawn ones: 130,000 here. */
const referencesMax = 32
const filtersMax = 16
const coordinateMax = 16_384

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/<!DOCTYPE|<!ENTITY/i, 'a document type or an entity'],
  [/<\?(?!xml[\s?])/i, 'a processing instruction'],
  [/<(?:[\w-]+:)?(?:script|foreignObject|iframe|audio|video|a|animate\w*|set)\b/i, 'an active element'],
  [/\son[a-z]+\s*=/i, 'an event handler'],
  [/@import|javascript:/i, 'an import or a script'],
]

/** Throws with the reason where a drawing is more than shapes, texts and colours of its own. It runs before any parser. */
export function checkSvg(svg: string): void {
  if (Buffer.byteLength(svg) > bytesMax) throw new Error(`a drawing of more than ${bytesMax} bytes`)
  for (const [pattern, what] of forbidden) if (pattern.test(svg)) throw new Error(`${what} in the drawing`)
  for (const [, , double, single] of svg.matchAll(/([\w:-]*href)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    const target = (double ?? single ?? '').trim()
    if (!isOwn(target)) throw new Error('a reference to something outside of the drawing')
  }
  for (const [, target = ''] of svg.matchAll(/url\(\s*["']?([^)"']*)/gi))
    if (!target.trim().startsWith('#')) throw new Error('a reference to something outside of the drawing')
  if (/\\/.test(svg.match(/<style[\s\S]*?<\/style>/gi)?.join('') ?? ''))
    throw new Error('an escape in the styles of the drawing')
  limit(svg, /<[a-z]/gi, elementsMax, 'elements')
  limit(svg, /<(?:[\w-]+:)?(?:use|pattern|mask|marker|image|feImage)\b/gi, referencesMax, 'references')
  limit(svg, /<(?:[\w-]+:)?filter\b/gi, filtersMax, 'filters')
}

function isOwn(target: string): boolean {
  return target.startsWith('#') || /^data:image\/(?:png|jpeg|webp);base64,[\w+/=\s]*$/i.test(target)
}

function limit(svg: string, pattern: RegExp, max: number, what: string): void {
  if ((svg.match(pattern)?.length ?? 0) > max) throw new Error(`more than ${max} ${what} in the drawing`)
}

/**
 * The drawing at another size: the root gets width and height, and a view box where it has none, so that it fills
 * just these pixels. Throws where its own measures are no sensible ones.
 */
export function sizedSvg(svg: string, width: number, height: number): string {
  const root = /<svg\b[^>]*>/i.exec(svg)
  if (!root) throw new Error('no drawing')
  const [tag] = root
  const own = viewBoxOf(tag) ?? [0, 0, lengthOf(tag, 'width') ?? width, lengthOf(tag, 'height') ?? height]
  const [left = 0, top = 0, across = 0, down = 0] = own
  const sane =
    own.length === 4 && own.every((value) => Math.abs(value) <= coordinateMax) && across > 0 && down > 0
  if (!sane) throw new Error('a drawing without sensible measures')
  const bare = tag.replace(/\s(?:width|height|viewBox)\s*=\s*(?:"[^"]*"|'[^']*')/gi, '')
  const sized = bare.replace(
    /^<svg\b/i,
    `<svg width="${width}" height="${height}" viewBox="${left} ${top} ${across} ${down}"`,
  )
  return svg.slice(0, root.index) + sized + svg.slice(root.index + tag.length)
}

function viewBoxOf(tag: string): number[] | null {
  const [, double, single] = /\sviewBox\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag) ?? []
  const text = double ?? single
  return text === undefined
    ? null
    : text
        .trim()
        .split(/[\s,]+/)
        .map(Number)
}

function lengthOf(tag: string, name: string): number | null {
  const [, text] = new RegExp(`\\s${name}\\s*=\\s*["']\\s*([\\d.]+)(?:px)?\\s*["']`, 'i').exec(tag) ?? []
  return text === undefined ? null : Number(text)
}
