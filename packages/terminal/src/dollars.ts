/** "$12.345": cents at least, and no more decimals than the amount has; four, or as many as two figures need. */
export function dollars(usd: string | null): string {
  if (usd === null) return '-'
  const value = Number(usd)
  const firstFigure = value > 0 && value < 1 ? -Math.floor(Math.log10(value)) : 0
  const decimals = Math.max(4, firstFigure + 1)
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: decimals })}`
}
