import { openModel } from '../model.ts'
import { createWeigher } from '../weigh.ts'
import { fit } from './fit.ts'
import type { Fold } from './folds.ts'
import type { Row } from './rows.ts'
import type { Settings } from './settings.ts'

export interface Tried {
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
    return test.map((at) => ({ row: rows[at]!, fold: name, odds: weigh(rows[at]!.prompt) }))
  })
}
