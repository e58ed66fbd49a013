import { readdir, readFile } from 'node:fs/promises'
import {
  type Catalogue,
  catalogueSchema,
  modelSpecSchema,
  priceRuleSchema,
  providerSpecSchema,
} from '@halftone/contracts'
import { z } from 'zod'
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

const headSchema = catalogueSchema.omit({ providers: true, models: true, rules: true })
const providerFileSchema = z.strictObject({
  provider: providerSpecSchema,
  models: z.array(modelSpecSchema),
  rules: z.array(priceRuleSchema),
})

/** `catalogue.json` has what is common; every other file of the folder is one provider with its models and prices. */
async function read(name: CatalogueName): Promise<Catalogue> {
  const folder = new URL(`../data/${name}/`, import.meta.url)
  const text = (file: string) => readFile(new URL(file, folder), 'utf8')
  const files = (await readdir(folder)).filter((file) => file !== 'catalogue.json').sort()
  const parts = await Promise.all(
    files.map(async (file) => parseFile(providerFileSchema, `${name}/${file}`, await text(file))),
  )
  return {
    ...parseFile(headSchema, `${name}/catalogue.json`, await text('catalogue.json')),
    providers: parts.map(({ provider }) => provider),
    models: parts.flatMap(({ models }) => models),
    rules: parts.flatMap(({ rules }) => rules),
  }
}
