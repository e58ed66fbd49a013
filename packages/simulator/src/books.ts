import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { type Provider, providers } from './prices/table.ts'

const entrySchema = z.object({
  seq: z.int().min(1),
  /** ISO time at which the provider charged. */
  at: z.string(),
  provider: z.enum(providers),
  account: z.string(),
  model: z.string(),
  operation: z.string(),
  request_id: z.string(),
  attempt_id: z.string().nullable(),
  /** Pictures made. */
  n: z.int(),
  /** "WIDTHxHEIGHT", where the provider's usage report counts by it. */
  size: z.string().optional(),
  /** Nano-dollars. Exact in JSON below nine million dollars. */
  nano: z.int().min(0),
})
/** One payment: what a request really cost its account. */
export type BookEntry = z.infer<typeof entrySchema>
export type Charge = Omit<BookEntry, 'seq' | 'at' | 'nano'> & { nano: bigint }

export interface BooksPage {
  entries: BookEntry[]
  total_nano: number
  by_provider: Partial<Record<Provider, number>>
}

export interface Books {
  /** Writes a payment down for ever. */
  charge(charge: Charge): BookEntry
  /** The entries after a sequence number; the sums are over all entries. */
  after(seq: number): BooksPage
  spentNano(provider: Provider, account: string): bigint
}

/**
 * The providers' own append-only books. With `file` every entry is a line of it and a restart resumes there. It is
 * written synchronously, before the answer leaves: a payment that the books forget would let a double payment pass.
 */
export function createBooks(options: { clock: () => number; file?: string }): Books {
  const entries = options.file ? readBooks(options.file) : []

  function sum(chosen: Iterable<BookEntry>): bigint {
    let total = 0n
    for (const entry of chosen) total += BigInt(entry.nano)
    return total
  }

  return {
    charge({ nano, ...rest }) {
      const at = new Date(options.clock()).toISOString()
      const entry: BookEntry = { seq: entries.length + 1, at, ...rest, nano: Number(nano) }
      entries.push(entry)
      if (options.file) appendFileSync(options.file, `${JSON.stringify(entry)}\n`)
      return entry
    },
    after(seq) {
      const present = providers.filter((provider) => entries.some((entry) => entry.provider === provider))
      return {
        entries: entries.slice(Math.max(0, seq)),
        total_nano: Number(sum(entries)),
        by_provider: Object.fromEntries(
          present.map((provider) => [
            provider,
            Number(sum(entries.filter((entry) => entry.provider === provider))),
          ]),
        ),
      }
    },
    spentNano: (provider, account) =>
      sum(entries.filter((entry) => entry.provider === provider && entry.account === account)),
  }
}

/** A kill may tear the last line: it is cut off, so that the next one starts clean. Any other damage stops the start. */
function readBooks(file: string): BookEntry[] {
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole))
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => entrySchema.parse(JSON.parse(line)))
}
