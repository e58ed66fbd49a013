import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Small texts beside the pictures, by names of our own. They live for moments: from one step of a job to its next. */
export interface NoteStore {
  put(name: string, text: string): Promise<void>
  /** null: there is none. */
  get(name: string): Promise<string | null>
  remove(name: string): Promise<void>
}

/**
 * Not forced to the disk: a note outlives the process that wrote it, and need not outlive the machine. One that was
 * being written when its process died may be cut: readers check what they read.
 */
export function createFolderNotes({ dir }: { dir: string }): NoteStore {
  const folder = join(dir, 'notes')
  const pathOf = (name: string) => {
    if (!/^[\w-]{1,100}$/.test(name)) throw new Error(`"${name}" is no name for a note`)
    return join(folder, name)
  }
  return {
    async put(name, text) {
      const path = pathOf(name)
      try {
        await writeFile(path, text)
      } catch (error) {
        if (!isMissing(error)) throw error
        await mkdir(folder, { recursive: true })
        await writeFile(path, text)
      }
    },
    async get(name) {
      try {
        return await readFile(pathOf(name), 'utf8')
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
