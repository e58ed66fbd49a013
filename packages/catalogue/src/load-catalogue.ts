import { readFile } from 'node:fs/promises'
import { type Catalogue, catalogueSchema } from '@halftone/contracts'

export const catalogueNames = ['reference', 'current'] as const
export type CatalogueName = (typeof catalogueNames)[number]

const loaded = new Map<CatalogueName, Promise<Catalogue>>()

/**
 * The models, prices and quality floors shipped under this name, checked; read once per process.
 * Throws with the file and the path of the first fault.
 */
export function loadCatalogue(name: CatalogueName): Promise<Catalogue> {
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
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause })
  }
  const parsed = catalogueSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const fault = parsed.error.issues[0]
  throw new Error(`${file}, at ${fault?.path.join('.') || 'the top'}: ${fault?.message}`)
}
