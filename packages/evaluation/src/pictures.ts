import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bought } from './buy-pictures.ts'
import type { Task } from './plan-purchase.ts'
import type { Shop } from './shop.ts'

export interface Picture {
  task: Task
  bytes: Uint8Array
  format: string
  usd: string | null
  file: string
}

/** Brings the pictures into the folder, those that are not there yet. */
export async function keepPictures(shop: Shop, dir: string, bought: readonly Bought[]): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const { task, url, format, usd } of bought) {
    if (url === null) continue
    const file = join(dir, 'pictures', `${task.id.replace(/[^\w.-]+/g, '-')}.${format}`)
    const kept = await readFile(file).catch(() => null)
    const bytes = kept ?? (await shop.fetchPicture(url))
    if (!kept) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, bytes)
    }
    pictures.push({ task, bytes, format, usd, file })
  }
  return pictures
}
