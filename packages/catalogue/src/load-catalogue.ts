import { readFile } from 'node:fs/promises'
import { type Catalogue, catalogueSchema } from '@halftone/contracts'
import { layOver, readOverlay } from './overlay.ts'
import { parseFile } from './parse-file.ts'

export const catalogueNames = ['reference', 'current'] as const
export type CatalogueName = (typeof catalogueNames)[number]

const loaded = new Map<CatalogueName, Promise<Catalogue>>()

/**
 * The models, prices and quality floors shipped under this name, checked and read once per process, with the
 * operator's own of `overlayFile` laid over them. Throws with the file and the path of the first fault.
 */
export async function loadCatalogue(name: CatalogueName, overlayFile?: string): Promise<Catalogue> {
  const shipped = await loadShipped(name)
  return overlayFile === undefined ? shipped : layOver(shipped, await readOverlay(overlayFile))
}

function loadShipped(name: CatalogueName): Promise<Catalogue> {
  const known = loaded.get(name)
  if (known) return known
  const loading = read(name)
  loaded.set(name, loading)
  return loading
}

async function read(name: CatalogueName): Promise<Catalogue> {
  const file = `${name}.json`
  return parseCatalogue(file, await readFile(new URL(`../data/${file}`, import.meta.url), 'utf8'))
}

export function parseCatalogue(file: string, text: string): Catalogue {
  return parseFile(catalogueSchema, file, text)
}
