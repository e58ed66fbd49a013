/** The exact sum of two decimal strings with at most nine decimals. */
export function addUsd(a: string, b: string): string {
  const sum = nano(a) + nano(b)
  const fraction = (sum % scale).toString().padStart(9, '0').replace(/0+$/, '')
  return `${sum / scale}${fraction ? `.${fraction}` : ''}`
}

const scale = 1_000_000_000n

function nano(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.')
  return BigInt(whole) * scale + BigInt(fraction.padEnd(9, '0'))
}
