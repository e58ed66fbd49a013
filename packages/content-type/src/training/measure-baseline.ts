import { writeFileSync } from 'node:fs'
import { guessBaseline, readBaseline } from './baseline.ts'
import { type BaselineScores, baselineFile } from './baseline-scores.ts'
import { sourceFolds } from './folds.ts'
import { readRows, rowsFile } from './rows.ts'
import { scoresOf } from './scores.ts'

/** Measures the baseline with each source left out, and keeps its figures beside this file: it takes minutes. */
const rows = readRows(process.argv[2] ?? rowsFile)
const read = readBaseline(rows.map(({ prompt }) => prompt))
const folds = sourceFolds(rows)
const tried = folds.flatMap(({ name, train, test }) => {
  const guesses = guessBaseline(rows, read, train, test)
  process.stdout.write(`${name}\n`)
  return test.map((at, number) => ({ truth: rows[at]!.label, guess: guesses[number]! }))
})
const { accuracy, macroF1, f1 } = scoresOf(tried)
const scores: BaselineScores = {
  folds: folds.map(({ name }) => name),
  rows: rows.length,
  accuracy,
  macroF1,
  f1,
}
writeFileSync(baselineFile, `${JSON.stringify(scores)}\n`)
