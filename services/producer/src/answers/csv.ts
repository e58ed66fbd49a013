export type Cell = string | number | null

/** One line of CSV (RFC 4180). Text that a spreadsheet would run as a formula is kept from it by an apostrophe. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(written).join(',')}\r\n`
}

/** A number, as money is written too: no formula, though it may begin with a minus. */
const number = /^-?\d+(\.\d+)?$/

function written(cell: Cell): string {
  if (cell === null) return ''
  const text = String(cell)
  const safe = /^[=+\-@\t\r]/.test(text) && !number.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
