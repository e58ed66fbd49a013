import { openModel } from '../model.ts'
import { createWeigher } from '../weigh.ts'
import { fit } from './fit.ts'
import type { Fold } from './folds.ts'
import type { Row } from './rows.ts'
import type { Answered } from './scores.ts'
import type { Settings } from './settings.ts'

export interface Tried extends Answered {
  row: Row
  fold: string
  /** As the shipped code gives them, at temperature 1. */
  odds: number[]
}

/** Odds for every row from a model that never saw its fold. */
export function tryFolds(rows: readonly Row[], folds: readonly Fold[], settings: Settings): Tried[] {
  return folds.flatMap(({ name, train, test }) => {
    const weigh = createWeigher(
      openModel(
        fit(
          train.map((at) => rows[at]!),
          settings,
        ),
      ),
    )
    return test.map((at) => tried(rows[at]!, name, weigh(rows[at]!.prompt)))
  })
}

function tried(row: Row, fold: string, odds: number[]): Tried {
  return { row, fold, odds, truth: row.label, guess: odds.indexOf(Math.max(...odds)) }
}
