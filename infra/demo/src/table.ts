import { stripVTControlCharacters, styleText } from 'node:util'

/** Lines up columns: text to the left, figures to the right. */
export function table(headings: string[], rows: string[][]): string {
  const lines = [headings.map((heading) => styleText('gray', heading)), ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const gap = ' '.repeat((widths[column] ?? 0) - width(cell))
          return column === 0 ? cell + gap : gap + cell
        })
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n')
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

/** "$12.345": cents at least, and no more decimals than the amount has, four at most. */
export function dollars(usd: string | null): string {
  if (usd === null) return '-'
  const value = Number(usd)
  return `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })}`
}
