import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadCatalogue } from '@halftone/catalogue'
import { createHttp } from '@halftone/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkAccounts } from './check-accounts.ts'

const { providers } = await loadCatalogue('current')
const http = createHttp()
let origin: string
const seen: string[] = []
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`)
  const key = request.headers.authorization ?? ''
  const [status, body] = key.includes('good')
    ? [200, {}]
    : key.includes('busy')
      ? [429, { detail: 'wait' }]
      : [
          401,
          { error: { message: `wrong key ${key}`, type: 'invalid_request_error', code: 'invalid_api_key' } },
        ]
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await http.close()
  server.close()
})

test('each provider with a key is asked by a free call, and what is wrong comes with its cure and without the key', async () => {
  const env = {
    OPENAI_API_KEY: 'sk-secret-bad',
    OPENAI_BASE_URL: `${origin}/v1`,
    STABILITY_API_KEY: 'sk-good',
    STABILITY_BASE_URL: origin,
    REPLICATE_API_TOKEN: 'r8-busy',
    REPLICATE_BASE_URL: `${origin}/v1`,
  }
  const checks = await checkAccounts(providers, env, http, () => 0)
  expect(Object.fromEntries(checks.map((check) => [check.provider, check]))).toMatchObject({
    openai: {
      ok: false,
      code: 'provider_auth',
      http_status: 401,
      next: expect.stringContaining('OPENAI_API_KEY'),
    },
    stability: { ok: true, problem: null, next: null },
    replicate: { ok: true, code: 'rate_limited' },
  })
  expect(JSON.stringify(checks)).not.toContain('secret')
  expect(seen.every((request) => request.startsWith('GET '))).toBe(true)
})

test('a provider without a key is not asked; an address that is none or does not answer is named with its setting', async () => {
  const env = {
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: 'api.openai.com',
    STABILITY_API_KEY: 'k',
    STABILITY_BASE_URL: 'http://user:secret@127.0.0.1:1',
  }
  const checks = await checkAccounts(providers, env, http, () => 0)
  expect(Object.fromEntries(checks.map((check) => [check.provider, check]))).toMatchObject({
    openai: { ok: false, next: expect.stringContaining('OPENAI_BASE_URL') },
    stability: { ok: false, code: 'provider_down', next: expect.stringContaining('STABILITY_BASE_URL') },
    replicate: { configured: false, ok: null, next: 'set REPLICATE_API_TOKEN in .env to use it' },
  })
  expect(JSON.stringify(checks)).not.toContain('secret')
})
