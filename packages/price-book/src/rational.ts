/** An exact fraction; `den` is above zero. Never reduced: a price has a handful of factors. */
export interface Rational {
  num: bigint
  den: bigint
}

export const zero: Rational = { num: 0n, den: 1n }
export const one: Rational = { num: 1n, den: 1n }

/** "0.0001" exactly; null for whatever is not a plain decimal of zero or more ("-1" means "depends" in some feeds). */
export function parseDecimal(text: string): Rational | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return null
  const [whole = '0', fraction = ''] = text.split('.')
  return { num: BigInt(whole + fraction), den: 10n ** BigInt(fraction.length) }
}

/** The decimal that the number is written as (3.2 is 32/10, not its binary neighbour); null below zero or without end. */
export function fromNumber(value: number): Rational | null {
  if (!Number.isFinite(value) || value < 0) return null
  if (Number.isInteger(value)) return { num: BigInt(value), den: 1n }
  const [digits = '', exponent = '0'] = String(value).split('e')
  const plain = parseDecimal(digits)
  if (!plain) return null
  const shift = 10n ** BigInt(Math.abs(Number(exponent)))
  return Number(exponent) < 0
    ? { num: plain.num, den: plain.den * shift }
    : { num: plain.num * shift, den: plain.den }
}

export function whole(value: number | bigint): Rational {
  return { num: BigInt(value), den: 1n }
}

export function add(a: Rational, b: Rational): Rational {
  if (a.den === b.den) return { num: a.num + b.num, den: a.den }
  return { num: a.num * b.den + b.num * a.den, den: a.den * b.den }
}

/** Of two non-negative fractions, `a` above `b` in every use here. */
export function subtract(a: Rational, b: Rational): Rational {
  return { num: a.num * b.den - b.num * a.den, den: a.den * b.den }
}

export function multiply(a: Rational, b: Rational): Rational {
  return { num: a.num * b.num, den: a.den * b.den }
}

export function divide(a: Rational, by: bigint): Rational {
  return { num: a.num, den: a.den * by }
}

export function least(a: Rational, b: Rational): Rational {
  return a.num * b.den <= b.num * a.den ? a : b
}

export function greatest(a: Rational, b: Rational): Rational {
  return a.num * b.den >= b.num * a.den ? a : b
}

export function ceil(value: Rational): Rational {
  return { num: (value.num + value.den - 1n) / value.den, den: 1n }
}

/** To the nearest whole, half up. */
export function nearest(value: Rational): Rational {
  return { num: (2n * value.num + value.den) / (2n * value.den), den: 1n }
}
