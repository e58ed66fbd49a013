import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { sampleRequest } from '@halftone/contracts/testing'
import { createHttp, createProviders } from '@halftone/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCredentials } from './credentials.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-overlay-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test('a host is added by a JSON file and a key alone, as docs/adding-a-provider.md says, and a picture is bought from it', async () => {
  const page = await readFile(new URL('../../../docs/adding-a-provider.md', import.meta.url), 'utf8')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const file = join(dir, 'acme.json')
  await writeFile(file, example)
  const seen: { headers: IncomingMessage['headers']; path?: string; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    const text = (await request.toArray()).join('')
    seen.push({ headers: request.headers, path: request.url, body: JSON.parse(text) })
    response.end(
      JSON.stringify({ credits: 30, data: [{ b64_json: Buffer.from('a picture').toString('base64') }] }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const http = createHttp()
  try {
    const catalogue = await loadCatalogue('current', file)
    const { port } = server.address() as AddressInfo
    const env = { ACME_API_KEY: 'sk-acme', ACME_BASE_URL: `http://127.0.0.1:${port}/v1` }
    const credentials = readCredentials(catalogue.providers, env, null)
    const acme = createProviders(credentials, http, catalogue.providers).get('acme')
    const spec = catalogue.models.find(({ provider }) => provider === 'acme')
    if (!acme || !spec) throw new Error('acme is not there')
    const started = await acme.start({
      ...{
        attemptId: 'att_1',
        spec,
        request: sampleRequest({ seed: 7 }),
        quality: null,
        images: [],
        mask: null,
      },
      ...{ callbackUrl: null, signal: new AbortController().signal },
    })
    expect(started).toMatchObject({ kind: 'done', result: { usage: { reported: 30_000_000n } } })
    expect(seen).toMatchObject([
      {
        path: '/v1/images/generations',
        headers: { authorization: 'Bearer sk-acme' },
        body: { model: 'acme-1', width: 1_024, height: 1_024, random_seed: 7, response_format: 'b64_json' },
      },
    ])
  } finally {
    await http.close()
    server.close()
  }
})

test('a host of the catalogue is not played by the simulator: without a real key it is not there', async () => {
  const { providers } = await loadCatalogue('current')
  const ids = Object.keys(readCredentials(providers, {}, 'http://127.0.0.1:9'))
  expect(ids).toContain('openai-compatible')
  expect(ids).not.toContain('together')
})
