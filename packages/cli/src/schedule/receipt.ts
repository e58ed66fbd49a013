import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bulkAcceptedSchema } from '@halftone/contracts'
import { z } from 'zod'
import { Failure } from '../failure.ts'

const receiptSchema = z.object({
  /** As it was on the first run: "8h" is another time on each. */
  deadline: z.string().nullable(),
  /** What was answered for each part, as far as it was. */
  bulks: z.array(bulkAcceptedSchema),
})
type Receipt = z.infer<typeof receiptSchema>

/**
 * What a submission has come to, so that it can be taken up again. Nothing is bought twice without it either: the server
 * knows the idempotency key. It spares the second look at the prices, and keeps the deadline.
 */
export interface ReceiptFile {
  read(): Promise<Receipt | null>
  write(receipt: Receipt): Promise<void>
}

export function receiptFile(dir: string, key: string, api: string): ReceiptFile {
  const folder = join(dir, 'submissions')
  const path = join(folder, `${createHash('sha256').update(`${api} ${key}`).digest('hex').slice(0, 40)}.json`)
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => null)
      const parsed = text === null ? null : receiptSchema.safeParse(jsonOf(text))
      return parsed?.success ? parsed.data : null
    },
    async write(receipt) {
      try {
        await mkdir(folder, { recursive: true })
        await writeFile(`${path}.new`, JSON.stringify(receipt))
        await rename(`${path}.new`, path)
      } catch (cause) {
        throw new Failure('failed', `${path} cannot be written`, {
          next: 'set HALFTONE_DIR to a folder that can be, and run the same again',
          cause,
        })
      }
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
