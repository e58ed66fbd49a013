import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@halftone/contracts'
import { Disk } from 'flydrive'
import { FSDriver } from 'flydrive/drivers/fs'
import type { ArtifactStore, StoredObject } from './artifacts.ts'

/** Half-written files wait here, on the same file system, until they get their name. */
const incoming = 'incoming'

/** Pictures in a folder, each at `ab/cd/<sha256>`. Any number of processes may share the folder. */
export function createFolderStore({ dir }: { dir: string }): ArtifactStore {
  return createDiskStore(new Disk(new AtomicFolderDriver(dir)))
}

/** The store over any flydrive disk whose `put` shows a file whole or not at all. */
function createDiskStore(disk: Disk): ArtifactStore {
  async function present(sha256: string): Promise<string> {
    const key = keyOf(sha256)
    if (await disk.exists(key)) return key
    throw new AppError('not_found', 'There is no such file', { cause: new Error(`no object ${sha256}`) })
  }

  async function put(bytes: Uint8Array): Promise<StoredObject> {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const key = keyOf(sha256)
    if (!(await disk.exists(key))) await disk.put(key, bytes)
    return { sha256, bytes: bytes.byteLength }
  }

  return {
    put,
    get: async (sha256) => disk.getBytes(await present(sha256)),
    stream: async (sha256) => disk.getStream(await present(sha256)),
    has: (sha256) => disk.exists(keyOf(sha256)),
    async check() {
      const key = `${incoming}/check-${randomUUID()}`
      await disk.put(key, 'writable')
      await disk.delete(key)
    },
  }
}

function keyOf(sha256: string): string {
  // Also the guard against a name that leads out of the folder.
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new AppError('not_found', 'There is no such file')
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`
}

/**
 * flydrive's own `put` writes in place, so that a reader, or the next start after a crash, may find half a picture.
 * Its `getBytes` hands out the whole memory pool that an empty file's buffer lies in.
 */
class AtomicFolderDriver extends FSDriver {
  private readonly dir: string

  constructor(dir: string) {
    super({ location: dir, visibility: 'private' })
    this.dir = dir
  }

  override async getBytes(key: string): Promise<Uint8Array> {
    return readFile(join(this.dir, key))
  }

  override async put(key: string, contents: string | Uint8Array): Promise<void> {
    const target = join(this.dir, key)
    const written = join(this.dir, incoming, randomUUID())
    try {
      await makingFolders(written, () => writeFile(written, contents, { flush: true }))
      await makingFolders(target, () => rename(written, target))
    } catch (error) {
      await rm(written, { force: true })
      throw error
    }
  }
}

/** Folders are made when they turn out to be missing: nearly always they are there. */
async function makingFolders(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    await mkdir(dirname(path), { recursive: true })
    await write()
  }
}
