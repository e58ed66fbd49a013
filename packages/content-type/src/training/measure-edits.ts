import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EditKind } from '@halftone/contracts'
import { editKindOf } from '../edit-kind.ts'
import { guessBaseline, readBaseline } from './baseline.ts'
import { editRowsFile, readEditRows } from './edit-rows.ts'
import { sourceFolds } from './folds.ts'
import { fixed, table } from './markdown.ts'
import { scoresOf } from './scores.ts'

/** Measures the kinds of edit on the public instructions, beside a model that learns, and writes both to the README. */
const kinds: readonly (EditKind | null)[] = ['background', 'object', 'style', 'text', null]
const rows = readEditRows(process.argv[2] ?? editRowsFile).map((row) => ({
  ...row,
  label: kinds.indexOf(row.kind),
}))
const read = readBaseline(rows.map(({ prompt }) => prompt))
const tried = sourceFolds(rows).flatMap(({ name, train, test }) => {
  const learned = guessBaseline(rows, read, train, test)
  return test.map((at, number) => ({ fold: name, at, truth: rows[at]!.label, learned: learned[number]! }))
})

const ruled = tried.map((one) => {
  const { kind } = editKindOf(rows[one.at]!.prompt)
  // a kind that no row has counts as a miss of the row's own
  return { ...one, guess: kind === 'extend' ? kinds.length : kinds.indexOf(kind) }
})
const learned = tried.map((one) => ({ ...one, guess: one.learned }))
/** Over the kinds that the rows have. */
const meanF1 = (answered: typeof ruled) => {
  const { f1 } = scoresOf(answered)
  const had = [...new Set(answered.map(({ truth }) => truth))]
  return had.reduce((sum, truth) => sum + f1[truth]!, 0) / had.length
}
const line = (name: string, only: (fold: string) => boolean) => {
  const [mine, theirs] = [ruled, learned].map((all) => all.filter(({ fold }) => only(fold)))
  return [
    name,
    String(mine!.length),
    fixed(scoresOf(mine!).accuracy),
    fixed(meanF1(mine!)),
    fixed(scoresOf(theirs!).accuracy),
    fixed(meanF1(theirs!)),
  ]
}
const folds = [...new Set(tried.map(({ fold }) => fold))]
const { f1 } = scoresOf(ruled)
const learnedF1 = scoresOf(learned).f1
const report = [
  table(
    ['source', 'rows', 'rules: accuracy', 'macro-F1', 'learned, source left out: accuracy', 'macro-F1'],
    [...folds.map((fold) => line(fold, (name) => name === fold)), line('all', () => true)],
  ),
  '',
  table(
    ['kind', 'rows', 'rules: F1', 'learned: F1'],
    kinds.map((kind, at) => [
      kind ?? 'none (repairs)',
      String(rows.filter((row) => row.label === at).length),
      fixed(f1[at]!),
      fixed(learnedF1[at]!),
    ]),
  ),
].join('\n')
const readme = fileURLToPath(new URL('../../README.md', import.meta.url))
const [before, , after] = readFileSync(readme, 'utf8').split('<!-- edits -->')
writeFileSync(readme, `${before}<!-- edits -->\n\n${report}\n\n<!-- edits -->${after}`)
