import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Of these hashes, the ones that the folder store has no picture for, or another one. */
export async function badPictures(folder: string, hashes: Iterable<string>): Promise<string[]> {
  const bad: string[] = []
  for (const sha256 of new Set(hashes)) {
    const path = join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
    const bytes = await readFile(path).catch(() => null)
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== sha256) bad.push(sha256)
  }
  return bad
}
