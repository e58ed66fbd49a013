/** One line of a bill: `count` things at `amount` dollars per `per` of them. */
export interface BillLine {
  /** An exact decimal string in USD. */
  amount: string
  count: number
  per: 1 | 1_000 | 1_000_000
}

/** Decimal digits that an amount or a factor may have. */
export const amountDecimals = 18
const one = 10n ** BigInt(amountDecimals)
const largestPer = 1_000_000n
/** What the exact sum is counted in, against nano-dollars: amount and factor bring 18 decimals each. */
const sumPerNano = (one * one * largestPer) / 1_000_000_000n

const decimalShape = new RegExp(`^(\\d+)(?:\\.(\\d{1,${amountDecimals}}))?$`)

function exact(decimal: string): bigint {
  const [, whole, fraction = ''] = decimalShape.exec(decimal) ?? []
  if (whole === undefined)
    throw new RangeError(`not a decimal with at most ${amountDecimals} decimals: ${decimal}`)
  return BigInt(whole) * one + BigInt(fraction.padEnd(amountDecimals, '0'))
}

/** The sum of all lines, times `factor`, in nano-dollars: exact until it is rounded once, half up, at the very end. */
export function chargeNano(lines: readonly BillLine[], factor = '1'): bigint {
  const sum = lines.reduce(
    (total, line) => total + exact(line.amount) * BigInt(line.count) * (largestPer / BigInt(line.per)),
    0n,
  )
  return (sum * exact(factor) * 2n + sumPerNano) / (sumPerNano * 2n)
}
