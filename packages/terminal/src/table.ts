import { stripVTControlCharacters, styleText } from 'node:util'

/** Lines up columns: text to the left, figures to the right. `text` names the columns that are text; else the first. */
export function table(
  headings: string[],
  rows: string[][],
  { text = headings.slice(0, 1) }: { text?: string[] } = {},
): string {
  const lines = [headings.map((heading) => styleText('gray', heading)), ...rows]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const gap = ' '.repeat((widths[column] ?? 0) - width(cell))
          return text.includes(headings[column] ?? '') ? cell + gap : gap + cell
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
