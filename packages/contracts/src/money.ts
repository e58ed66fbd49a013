import { z } from 'zod'

/** Money is an integer number of nano-dollars (1e-9 USD). Never a float. */
export type Nano = bigint

const scale = 1_000_000_000n

/** The shortest exact decimal string: 28000000n is "0.028", 0n is "0". */
export function toUsd(nano: Nano): string {
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  const fraction = (size % scale).toString().padStart(9, '0').replace(/0+$/, '')
  return `${sign}${size / scale}${fraction ? `.${fraction}` : ''}`
}

/** Parses what `usdSchema` accepts. Exact. */
export function parseUsd(usd: string): Nano {
  const [whole = '0', fraction = ''] = usd.split('.')
  return BigInt(whole) * scale + BigInt(fraction.padEnd(9, '0'))
}

/** Money that comes in on the wire: a decimal string with at most nine decimals. */
export const usdSchema = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'a decimal string in USD with at most nine decimals, like "0.03"')
