import { readFile, writeFile } from 'node:fs/promises'
import { buildPage, pageFile, readmeFile, withShortForm } from './build-page.ts'

// Writes docs/providers.md, and its short form into the README, from the registry and the catalogue.

const { page, short } = await buildPage()
await writeFile(pageFile, page)
await writeFile(readmeFile, withShortForm(await readFile(readmeFile, 'utf8'), short))
console.log(`wrote ${pageFile} and the table in ${readmeFile}`)
