import { readFile } from 'node:fs/promises'
import { type Catalogue, catalogueSchema, modelKey } from '@halftone/contracts'
import { parseFile } from './parse-file.ts'

const overlaySchema = catalogueSchema.pick({ providers: true, models: true, rules: true }).partial()

/** An operator's own hosts, models and prices: they take the place of the shipped ones of the same name, or stand beside them. */
export type Overlay = Pick<Catalogue, 'providers' | 'models' | 'rules'>

/** Throws with the file and the path of the first fault; also if the file cannot be read. */
export async function readOverlay(file: string): Promise<Overlay> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${file} cannot be read`, { cause })
  })
  return parseOverlay(file, text)
}

/** Throws with the name and the path of the first fault. */
export function parseOverlay(name: string, text: string): Overlay {
  const { providers = [], models = [], rules = [] } = parseFile(overlaySchema, name, text)
  return { providers, models, rules }
}

export function layOver(catalogue: Catalogue, overlay: Overlay): Catalogue {
  return {
    ...catalogue,
    providers: replaced(catalogue.providers, overlay.providers, ({ id }) => id),
    models: replaced(catalogue.models, overlay.models, modelKey),
    rules: replaced(catalogue.rules, overlay.rules, ({ id }) => id),
  }
}

function replaced<T>(shipped: readonly T[], own: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map([...shipped, ...own].map((one) => [keyOf(one), one])).values()]
}
