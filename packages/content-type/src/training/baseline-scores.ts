import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const baselineScoresSchema = z.object({
  /** The folds that were measured; compare with the same ones. */
  folds: z.array(z.string()),
  rows: z.number(),
  accuracy: z.number(),
  macroF1: z.number(),
  f1: z.array(z.number()),
})
export type BaselineScores = z.infer<typeof baselineScoresSchema>

export const baselineFile = fileURLToPath(new URL('./baseline.json', import.meta.url))

/** What the collection's own baseline reached with each source left out; `measure-baseline.ts` wrote it. */
export function readBaselineScores(): BaselineScores {
  return baselineScoresSchema.parse(JSON.parse(readFileSync(baselineFile, 'utf8')))
}
