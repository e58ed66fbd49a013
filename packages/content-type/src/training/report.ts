import { contentTypes } from '@halftone/contracts'
import type { BaselineScores } from './baseline-scores.ts'
import { calibrated } from './calibrate.ts'
import { fixed, table } from './markdown.ts'
import { type Answered, type Scores, scoresOf } from './scores.ts'
import type { Tried } from './try-folds.ts'

export interface Figures {
  bySource: readonly Tried[]
  /** The same without written cues and grammar: what is learned from rows alone. */
  learnedOnly: readonly Answered[]
  /** Written cues as they stand, nothing learned. */
  cuesOnly: readonly Answered[]
  atRandom: readonly Tried[]
  baseline: BaselineScores
}

/** The report as Markdown. */
export function reportOf({ bySource, learnedOnly, cuesOnly, atRandom, baseline }: Figures): string {
  const scores = scoresOf(bySource)
  const sure = calibrated(bySource)
  const same = scoresOf(bySource.filter(({ fold }) => baseline.folds.includes(fold)))
  return [
    `${scores.rows} labelled prompts. *Sources left out*: each source is answered by a model that never saw it`,
    '(those under 30 rows together). *Random parts*: five parts, sources mixed, which flatters.',
    '',
    table(
      ['', 'accuracy', 'macro-F1'],
      [
        scoreLine('this model, sources left out', scores),
        scoreLine('this model without cues and grammar, sources left out', scoresOf(learnedOnly)),
        scoreLine('its written cues alone, nothing learned', scoresOf(cuesOnly)),
        scoreLine(`baseline, ${baseline.folds.length} sources left out (${baseline.rows} rows)`, baseline),
        ...(same.rows === scores.rows ? [] : [scoreLine('this model, those same sources', same)]),
        scoreLine('this model, random parts', scoresOf(atRandom)),
        ['baseline, random parts (as the collection states it)', '0.851', '0.836'],
      ],
    ),
    '',
    'F1 of each type, sources left out:',
    '',
    table(
      ['type', 'this model', 'baseline'],
      contentTypes.map((label, at) => [label, fixed(same.f1[at]!), fixed(baseline.f1[at]!)]),
    ),
    '',
    'What was asked (down) and what was answered (across), sources left out:',
    '',
    confusionTable(scores),
    '',
    'Each source left out:',
    '',
    table(['source', 'rows', 'accuracy'], sourceLines(bySource)),
    '',
    'Confidence, sources left out; the temperature for a source is fitted on the others:',
    '',
    table(['confidence', 'rows', 'mean confidence', 'right'], reliabilityLines(sure)),
    '',
    `Expected calibration error ${fixed(calibrationError(sure))}.`,
  ].join('\n')
}

function scoreLine(name: string, { accuracy, macroF1 }: Pick<Scores, 'accuracy' | 'macroF1'>): string[] {
  return [name, fixed(accuracy), fixed(macroF1)]
}

function confusionTable({ confusion }: Scores): string {
  return table(
    ['', ...contentTypes],
    contentTypes.map((label, at) => [label, ...confusion[at]!.map(String)]),
  )
}

function sourceLines(tried: readonly Tried[]): string[][] {
  const folds = Map.groupBy(tried, ({ fold }) => fold)
  return [...folds].map(([name, mine]) => [name, String(mine.length), fixed(scoresOf(mine).accuracy)])
}

function bins(tried: readonly Tried[]): { from: number; rows: number; mean: number; right: number }[] {
  const surest = ({ odds }: Tried) => Math.max(...odds)
  return Array.from({ length: 10 }, (_, bin) => bin / 10).flatMap((from) => {
    const mine = tried.filter((one) => Math.min(9, Math.floor(surest(one) * 10)) === Math.round(from * 10))
    if (mine.length === 0) return []
    const mean = mine.reduce((sum, one) => sum + surest(one), 0) / mine.length
    return [{ from, rows: mine.length, mean, right: scoresOf(mine).accuracy }]
  })
}

function reliabilityLines(tried: readonly Tried[]): string[][] {
  return bins(tried).map(({ from, rows, mean, right }) => [
    `${from.toFixed(1)}–${(from + 0.1).toFixed(1)}`,
    String(rows),
    fixed(mean),
    fixed(right),
  ])
}

function calibrationError(tried: readonly Tried[]): number {
  return bins(tried).reduce(
    (sum, { rows, mean, right }) => sum + (rows * Math.abs(mean - right)) / tried.length,
    0,
  )
}
