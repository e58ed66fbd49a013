import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Real price files, kept beside the repository. */
const folder = fileURLToPath(new URL('../../../../../shared/data/prices/', import.meta.url))

export const noFixtures = !existsSync(folder)
export const fixtureFolder = folder

export function fixtureText(name: string): string {
  return readFileSync(`${folder}${name}`, 'utf8')
}

export function fixture(name: string): unknown {
  return JSON.parse(fixtureText(name))
}
