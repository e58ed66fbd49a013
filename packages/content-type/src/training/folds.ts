import type { Row } from './rows.ts'

export interface Fold {
  /** What is left out: a source, or the small ones together. */
  name: string
  train: number[]
  test: number[]
}

/** Each source left out in turn; sources of fewer rows than this are left out together. */
const ownFold = 30

export function sourceFolds(rows: readonly Row[]): Fold[] {
  const sizes = Map.groupBy(rows, ({ source }) => source)
  return foldsBy(rows, ({ source }) => (sizes.get(source)!.length < ownFold ? 'the small ones' : source))
}

export function randomFolds(rows: readonly Row[], parts: number, random: () => number): Fold[] {
  const names = new Map(rows.map((row) => [row, `part ${Math.floor(random() * parts)}`]))
  return foldsBy(rows, (row) => names.get(row)!)
}

function foldsBy(rows: readonly Row[], nameOf: (row: Row) => string): Fold[] {
  const names = rows.map(nameOf)
  const numbers = rows.map((_, at) => at)
  return [...new Set(names)].map((name) => ({
    name,
    train: numbers.filter((at) => names[at] !== name),
    test: numbers.filter((at) => names[at] === name),
  }))
}
