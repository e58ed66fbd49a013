import { randomUUID } from 'node:crypto'

const lifeMs = 24 * 3_600_000
const filesKept = 500

/** What a conversation has drawn, until it is deleted or a day has passed. */
export function createFiles(clock: () => number) {
  const files = new Map<string, { bytes: Buffer; until: number }>()
  return {
    /** Its id. */
    keep(bytes: Buffer): string {
      const id = randomUUID()
      files.set(id, { bytes, until: clock() + lifeMs })
      const [oldest] = files.keys()
      if (files.size > filesKept && oldest) files.delete(oldest)
      return id
    },
    get(id: string): Buffer | null {
      const file = files.get(id)
      return file && file.until > clock() ? file.bytes : null
    },
    remove: (id: string) => files.delete(id),
  }
}
