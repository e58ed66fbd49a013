/** Strict, where `Buffer.from` drops what it does not know: null unless every character is used. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return text.length > 0 && bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : null
}

/** The bytes of a `data:…;base64,` URL; null if it is another kind of text. */
export function decodeDataUrl(text: string): Buffer | null {
  const comma = text.indexOf(',')
  const isBase64 = comma > 0 && text.startsWith('data:') && text.slice(0, comma).endsWith(';base64')
  return isBase64 ? decodeBase64(text.slice(comma + 1)) : null
}
