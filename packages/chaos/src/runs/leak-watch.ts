import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export interface LeakWatch {
  /** Looks at a text that came from there. */
  look(where: string, text: string): void
  /** Looks into every file below a folder. */
  lookInto(where: string, folder: string): Promise<void>
  found(): string[]
}

/** Looks for words that may be nowhere. `ignored`: a word that has its right place there. */
export function createLeakWatch(
  canaries: () => Record<string, string>,
  ignored: (where: string, what: string) => boolean,
): LeakWatch {
  const hits = new Map<string, number>()
  const look = (where: string, text: string) => {
    for (const [what, word] of Object.entries(canaries()))
      if (text.includes(word) && !ignored(where, what)) {
        const leak = `${what} in ${where}`
        hits.set(leak, (hits.get(leak) ?? 0) + 1)
      }
  }
  return {
    look,
    async lookInto(where, folder) {
      const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      for (const file of files) {
        if (!file.isFile()) continue
        // words are ASCII: latin1 shows them in any bytes, and the overlap one that lies across two pieces
        let tail = ''
        try {
          for await (const chunk of createReadStream(join(file.parentPath, file.name), 'latin1')) {
            look(where, tail + chunk)
            tail = String(chunk).slice(-200)
          }
        } catch {
          // a store rewrites its files meanwhile
        }
      }
    },
    found: () => [...hits].map(([leak, times]) => `${leak} (${times} times)`),
  }
}
