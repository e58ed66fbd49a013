import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const lotSchema = z.object({
  key: z.string(),
  tasks: z.array(z.string()),
  /** As posted: a repeat must not differ by a letter. */
  body: z.record(z.string(), z.unknown()),
  bulk: z.string().nullable(),
})
export type Lot = z.infer<typeof lotSchema>

const stateSchema = z.object({
  id: z.string(),
  budget_usd: z.string(),
  quoted_usd: z.string(),
  contenders: z.array(z.object({ key: z.string(), size: z.string(), usd: z.string() })),
  /** Ids of the suite's prompts, in the order of buying. */
  prompts: z.array(z.string()),
  lots: z.array(lotSchema),
  bought: z.boolean(),
  /** Made so far: they were paid, whatever came of them. */
  judge_calls: z.int(),
})
export type PassState = z.infer<typeof stateSchema>

const fileOf = (dir: string) => join(dir, 'evaluation.json')

/** A pass that was begun in this folder; null if there is none. Throws if its file cannot be read. */
export async function readState(dir: string): Promise<PassState | null> {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => null)
  return text === null ? null : stateSchema.parse(JSON.parse(text))
}

/** Whole or not at all: a pass may be cut at any moment. */
export async function saveState(dir: string, state: PassState): Promise<void> {
  await mkdir(join(dir, 'pictures'), { recursive: true })
  const file = fileOf(dir)
  await writeFile(`${file}.new`, JSON.stringify(state, null, 2))
  await rename(`${file}.new`, file)
}
