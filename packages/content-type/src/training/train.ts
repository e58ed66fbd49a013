import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { temperatureOf } from './calibrate.ts'
import { fit } from './fit.ts'
import { sourceFolds } from './folds.ts'
import { readRows, rowsFile } from './rows.ts'
import { scoresOf } from './scores.ts'
import { settings } from './settings.ts'
import { tryFolds } from './try-folds.ts'

const rows = readRows(process.argv[2] ?? rowsFile)
const tried = tryFolds(rows, sourceFolds(rows), settings)
const { accuracy, macroF1 } = scoresOf(tried)
const model = { ...fit(rows, settings), temperature: temperatureOf(tried) }
writeFileSync(fileURLToPath(new URL('../model.json', import.meta.url)), `${JSON.stringify(model, null, 2)}\n`)
console.log({ accuracy, macroF1, temperature: model.temperature })
