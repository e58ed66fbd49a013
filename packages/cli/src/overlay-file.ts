import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { type Overlay, readOverlay } from '@halftone/catalogue'
import { Failure } from './failure.ts'

/** The file as the services would read it; null if there is none yet. */
export async function readOverlayFile(file: string): Promise<Overlay | null> {
  return existsSync(file) ? readOverlay(file).catch(unusable) : null
}

/** Replaces the file at once and whole, and only by what the services can read. */
export async function writeOverlayFile(file: string, overlay: Overlay): Promise<void> {
  const draft = `${file}.${process.pid}.new`
  try {
    await writeFile(draft, `${JSON.stringify(overlay, null, 2)}\n`)
    await readOverlay(draft)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    unusable(error)
  }
}

function unusable(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : String(cause)
  throw new Failure('failed', message, { next: 'nothing was written', cause })
}
