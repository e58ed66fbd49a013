import { styleText } from 'node:util'
import type { CandidateAnswer } from '@halftone/contracts'
import { table } from '@halftone/terminal'
import { amount, seconds } from './words.ts'

/** All that was weighed, the chosen one marked, and why each other is not eligible. */
export function candidateTable(
  candidates: readonly CandidateAnswer[],
  choice: Pick<CandidateAnswer, 'provider' | 'model' | 'batch'> | null,
): string {
  const chosen = (one: CandidateAnswer) =>
    choice !== null &&
    one.provider === choice.provider &&
    one.model === choice.model &&
    one.batch === choice.batch
  const perStep = candidates.some((one) => one.cost_per_step_usd !== null)
  const rows = candidates.map((one) => {
    const cells = [
      `${chosen(one) ? '→' : ' '} ${one.provider}/${one.model}${one.batch ? ' (batch)' : ''}`,
      amount(one.cost_usd),
      amount(one.cost_per_image_usd),
      amount(one.cost_per_megapixel_usd),
      ...(perStep ? [one.cost_per_step_usd === null ? '-' : amount(one.cost_per_step_usd)] : []),
      seconds(one.expected_ms),
      one.quality.toFixed(2),
      one.reason ?? (one.eligible ? 'can do it' : ''),
    ]
    return one.eligible ? cells : cells.map((cell) => styleText('dim', cell))
  })
  const headings = [
    '  model',
    'cost',
    'an image',
    'a megapixel',
    ...(perStep ? ['a step'] : []),
    'takes',
    'quality',
    'why',
  ]
  return table(headings, rows, { text: ['  model', 'why'] })
}
