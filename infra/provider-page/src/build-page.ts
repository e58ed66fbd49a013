import { resolve } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { canCall, createHttp, createProviders } from '@halftone/providers'
import { overview, renderPage } from './page.ts'

const root = resolve(import.meta.dirname, '../../..')
export const pageFile = resolve(root, 'docs/providers.md')
export const readmeFile = resolve(root, 'README.md')

/** What page and README should say. Nothing is connected to. */
export async function buildPage(): Promise<{ page: string; short: string }> {
  const catalogue = await loadCatalogue('current')
  const http = createHttp()
  const known = catalogue.providers.filter(canCall)
  const credentials = known.map(({ id, base_url }) => [id, { key: '', baseUrl: base_url }] as const)
  const adapters = createProviders(Object.fromEntries(credentials), http, known)
  await http.close()
  const short = overview(known, catalogue, adapters).replaceAll('](#', '](docs/providers.md#')
  return { page: renderPage(catalogue, adapters), short }
}

const marks = ['<!-- providers -->', '<!-- /providers -->'] as const

/** The README with the short form between its marks. */
export function withShortForm(readme: string, short: string): string {
  const [start, end] = marks.map((mark) => readme.indexOf(mark))
  if (start === undefined || end === undefined || start < 0 || end < start)
    throw new Error(`README.md has no ${marks.join(' … ')}`)
  return `${readme.slice(0, start)}${marks[0]}\n${short}${readme.slice(end)}`
}
