import { createWriteStream } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/** What the services say: kept in a file, and shown only if asked. */
export function createLogFile(path: string, show: boolean) {
  const stream = createWriteStream(path)
  return {
    path,
    write(line: string): void {
      stream.write(`${stripVTControlCharacters(line)}\n`)
      if (show) console.log(line)
    },
    close: () => new Promise<void>((resolve) => stream.end(() => resolve())),
  }
}
