import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@halftone/contracts'
import { readBaselineScores } from './baseline-scores.ts'
import { temperatureOf } from './calibrate.ts'
import { fit } from './fit.ts'
import { randomFolds, sourceFolds } from './folds.ts'
import { reportOf } from './report.ts'
import { readRows, rowsFile } from './rows.ts'
import { cuesOnly, learnedOnly, settings } from './settings.ts'
import { tryFolds } from './try-folds.ts'

const rows = readRows(process.argv[2] ?? rowsFile)
const folds = sourceFolds(rows)
const bySource = tryFolds(rows, folds, settings)
const model = { ...fit(rows, settings), temperature: temperatureOf(bySource) }
writeFileSync(fileURLToPath(new URL('../model.json', import.meta.url)), `${JSON.stringify(model, null, 2)}\n`)

const report = reportOf({
  bySource,
  learnedOnly: tryFolds(rows, folds, learnedOnly),
  cuesOnly: tryFolds(rows, folds, cuesOnly),
  atRandom: tryFolds(rows, randomFolds(rows, 5, seededRandom(settings.seed)), settings),
  baseline: readBaselineScores(),
})
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))
const [before] = readFileSync(readme, 'utf8').split('<!-- report -->')
writeFileSync(readme, `${before}<!-- report -->\n\n${report}\n`)
