import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ContentType, contentTypes } from '@halftone/contracts'

/** The public prompt collection, beside the repository. */
export const rowsFile = fileURLToPath(
  new URL('../../../../../shared/data/prompts/train.jsonl', import.meta.url),
)

export interface Row {
  prompt: string
  label: number
  source: string
}

/** The labelled rows of the public prompt collection; rows that name two types at once are left out. */
export function readRows(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): { prompt: string; label: ContentType | null; source: string } => JSON.parse(line))
    .flatMap(({ prompt, label, source }) =>
      label === null ? [] : [{ prompt, label: contentTypes.indexOf(label), source }],
    )
}
