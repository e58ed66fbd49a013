/**
 * Whatever a feed writes for a number (0.04, 4e-08, "0.0400", "-1"), as an exact decimal string. A JSON number is taken as
 * the shortest decimal that it prints as, which is what its author wrote. null: not a number.
 */
export function toDecimal(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text)
  if (!parts) return null
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  return place(sign, whole + fraction, whole.length + Number(exponent))
}

/** Times 10 to the power of `places`: cents to dollars is -2, a price per token to one per million is 6. Exact. */
export function shift(decimal: string, places: number): string {
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.')
  return place(decimal.startsWith('-') ? '-' : '', whole + fraction, whole.length + places)
}

/** Puts the point after `point` digits, and drops the zeros that say nothing. */
function place(sign: string, digits: string, point: number): string {
  const padded = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(Math.max(point, 0), '0')
  const at = Math.max(point, 0)
  const whole = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0'
  const fraction = padded.slice(at).replace(/0+$/, '')
  const size = fraction ? `${whole}.${fraction}` : whole
  return size === '0' ? size : sign + size
}
