import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from './failure.ts'

const runSchema = z.object({
  api: z.string(),
  key: z.string(),
  adminKey: z.string().optional(),
  webhookSecret: z.string().optional(),
  pid: z.int().positive(),
})
export type RunFile = z.infer<typeof runSchema>

/** Where the local stack of this folder is to be found; null if none was started. */
export async function readRunFile(dir: string): Promise<RunFile | null> {
  const path = join(dir, 'run.json')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return runSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Failure('failed', `${path} cannot be understood`, {
      next: 'start the stack again, or give --api and --key',
      cause,
    })
  }
}
