import { contentTypes } from '@halftone/contracts'

export interface Answered {
  truth: number
  guess: number
}

export interface Scores {
  rows: number
  accuracy: number
  macroF1: number
  f1: number[]
  /** `confusion[truth][guess]`, rows counted. */
  confusion: number[][]
}

export function scoresOf(answered: readonly Answered[]): Scores {
  const confusion = contentTypes.map(() => contentTypes.map(() => 0))
  for (const { truth, guess } of answered) confusion[truth]![guess]!++
  const f1 = contentTypes.map((_, label) => {
    const mine = confusion[label]!.reduce((sum, count) => sum + count, 0)
    const said = confusion.reduce((sum, line) => sum + line[label]!, 0)
    return mine + said === 0 ? 0 : (2 * confusion[label]![label]!) / (mine + said)
  })
  return {
    rows: answered.length,
    accuracy: answered.filter(({ truth, guess }) => truth === guess).length / answered.length,
    macroF1: f1.reduce((sum, one) => sum + one, 0) / contentTypes.length,
    f1,
    confusion,
  }
}
