import type { Nano } from '@halftone/contracts'

const nanoDecimals = 9

/**
 * What a provider says a call cost, times what one of its units is in USD: exact, rounded once, half up.
 * null where it says nothing that is a positive number: gateways write 0 for "I have no price for it".
 */
export function reportedCost(figure: unknown, unitUsd = '1'): Nano | null {
  const said = typeof figure === 'number' ? String(figure) : typeof figure === 'string' ? figure.trim() : ''
  const [amount, unit] = [readDecimal(said), readDecimal(unitUsd)]
  if (!amount || !unit || amount.digits === 0n) return null
  const decimals = amount.decimals + unit.decimals
  const product = amount.digits * unit.digits
  if (decimals <= nanoDecimals) return product * 10n ** BigInt(nanoDecimals - decimals)
  const divisor = 10n ** BigInt(decimals - nanoDecimals)
  return (2n * product + divisor) / (2n * divisor)
}

/** `1.5e-05` is 15 with 6 decimals. Figures of absurd length are no figures. */
function readDecimal(text: string): { digits: bigint; decimals: number } | null {
  const [, whole, fraction = '', exponent = '0'] =
    /^(\d{1,12})(?:\.(\d{1,30}))?(?:e([+-]?\d{1,2}))?$/i.exec(text) ?? []
  if (whole === undefined) return null
  const decimals = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return decimals >= 0 ? { digits, decimals } : { digits: digits * 10n ** BigInt(-decimals), decimals: 0 }
}
