import { contentTypes } from '@halftone/contracts'
import type { Tried } from './try-folds.ts'

export interface Scores {
  accuracy: number
  macroF1: number
  f1: number[]
  /** `confusion[truth][guess]`, rows counted. */
  confusion: number[][]
}

export function scoresOf(tried: readonly Pick<Tried, 'row' | 'odds'>[]): Scores {
  const truths = tried.map(({ row }) => row.label)
  const guesses = tried.map(({ odds }) => odds.indexOf(Math.max(...odds)))

  const confusion = contentTypes.map(() => contentTypes.map(() => 0))
  truths.forEach((truth, row) => {
    confusion[truth]![guesses[row]!]!++
  })
  const f1 = contentTypes.map((_, label) => {
    const right = confusion[label]![label]!
    const mine = confusion[label]!.reduce((sum, count) => sum + count, 0)
    const said = confusion.reduce((sum, line) => sum + line[label]!, 0)
    return mine + said === 0 ? 0 : (2 * right) / (mine + said)
  })
  const right = truths.filter((truth, row) => truth === guesses[row]).length
  return {
    accuracy: right / truths.length,
    macroF1: f1.reduce((sum, one) => sum + one, 0) / contentTypes.length,
    f1,
    confusion,
  }
}
