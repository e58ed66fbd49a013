import { runModel } from '../model/run-model.ts'
import { allCases } from '../points/point-cases.ts'
import { runPoints } from '../points/run-points.ts'

// Runs in a copy of the checkout: what should find its mutant, or, without one, find nothing.
// Arguments: "A" and a seed, or the names of cases of layer B. The report is the last line.

const [what = 'A', ...rest] = process.argv.slice(2)
const cases = allCases().filter(({ point, strike, kind }) =>
  [what, ...rest].includes(`${point} / ${strike} / ${kind}`),
)
const say = (text: string) => console.error(text)
const report =
  what === 'A'
    ? await runModel({ seed: Number(rest[0] ?? 1), short: true, say })
    : await runPoints({ seed: 1, short: true, say, cases })
console.log(JSON.stringify(report))
process.exit(0)
