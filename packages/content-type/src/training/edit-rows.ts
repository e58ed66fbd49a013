import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EditKind } from '@halftone/contracts'

/** The public collection of edit instructions, beside the repository. */
export const editRowsFile = fileURLToPath(
  new URL('../../../../../shared/data/prompts/edits.train.jsonl', import.meta.url),
)

/** The collection's labels as kinds of edit; requests of several steps have no one kind and are left out. */
const kindOf: Record<string, EditKind | null> = {
  background: 'background',
  object_add: 'object',
  object_remove: 'object',
  object_replace: 'object',
  attribute: 'object',
  pose_action: 'object',
  extract: 'object',
  style: 'style',
  text: 'text',
  enhance_restore: null,
}

export interface EditRow {
  prompt: string
  kind: EditKind | null
  source: string
}

export function readEditRows(file: string): EditRow[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): { prompt: string; label: string; source: string } => JSON.parse(line))
    .flatMap(({ prompt, label, source }) => {
      const kind = kindOf[label]
      return kind === undefined ? [] : [{ prompt, kind, source }]
    })
}
