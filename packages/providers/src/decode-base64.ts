/** Strict, where `Buffer.from` drops what it does not know: null unless every character is used. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return text.length > 0 && bytes.length === Math.floor(((text.length - padding) * 3) / 4) ? bytes : null
}
