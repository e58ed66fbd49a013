import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { buildPage, pageFile, readmeFile, withShortForm } from './build-page.ts'

const cure = 'is stale: run node infra/provider-page/src/main.ts'

test('docs/providers.md and the README say what registry and catalogue say', async () => {
  const { page, short } = await buildPage()
  const readme = await readFile(readmeFile, 'utf8')
  expect(await readFile(pageFile, 'utf8'), `docs/providers.md ${cure}`).toBe(page)
  expect(readme, `README.md ${cure}`).toBe(withShortForm(readme, short))
})
