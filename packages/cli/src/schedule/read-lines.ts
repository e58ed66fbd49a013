import { createReadStream } from 'node:fs'
import { Failure } from '../failure.ts'

/** A line of a file: what it holds, or what is wrong with it. Counted from 1, as editors do. */
export type Line<T> = { line: number } & ({ value: T } | { fault: string })

const newline = 0x0a
const byteOrderMark = '\uFEFF'

/** The lines of a text file, blank ones too; one that is not UTF-8 is a fault in its place. */
export async function* readLines(path: string): AsyncGenerator<Line<string>> {
  let pending: Uint8Array[] = []
  let line = 0
  const take = (last: Uint8Array): Line<string> => {
    const bytes = Buffer.concat([...pending, last])
    pending = []
    return decode(bytes, ++line)
  }
  for await (const chunk of openFile(path)) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield take(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
  }
  if (pending.length > 0) yield take(new Uint8Array())
}

/** The bytes of a file; one that cannot be read is a usage failure. */
export async function* openFile(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk
  } catch (cause) {
    throw new Failure('usage', `${path} cannot be read`, {
      next: 'give a file with one job a line (.jsonl), or a table with a header (.csv)',
      cause,
    })
  }
}

function decode(bytes: Uint8Array, line: number): Line<string> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { line, value: line === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text }
  } catch {
    return { line, fault: 'is not valid UTF-8: save the file as UTF-8' }
  }
}
