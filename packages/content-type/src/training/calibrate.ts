import type { Tried } from './try-folds.ts'

/** The temperature at which the odds fit the truth best (log loss, a fixed grid). */
export function temperatureOf(tried: readonly Tried[]): number {
  const grid = Array.from({ length: 40 }, (_, at) => Math.round((0.4 + at * 0.05) * 100) / 100)
  const losses = grid.map((temperature) =>
    tried.reduce((sum, { odds, truth }) => sum - Math.log(cooled(odds, temperature)[truth]! + 1e-12), 0),
  )
  return grid[losses.indexOf(Math.min(...losses))]!
}

/** Odds at the temperature fitted on all folds but their own: what confidence is worth on a new source. */
export function calibrated(tried: readonly Tried[]): Tried[] {
  const folds = [...new Set(tried.map(({ fold }) => fold))]
  return folds.flatMap((fold) => {
    const temperature = temperatureOf(tried.filter((one) => one.fold !== fold))
    return tried
      .filter((one) => one.fold === fold)
      .map((one) => ({ ...one, odds: cooled(one.odds, temperature) }))
  })
}

function cooled(odds: readonly number[], temperature: number): number[] {
  const raised = odds.map((one) => one ** (1 / temperature))
  const sum = raised.reduce((total, one) => total + one, 0)
  return raised.map((one) => one / sum)
}
