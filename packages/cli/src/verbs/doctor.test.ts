import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { run } from '../testing/run.ts'

test('doctor says which provider is not well and what to do, as JSON too, and ends with 1', async () => {
  const server = createServer((_, response) => response.writeHead(401).end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const env = {
    PATH: process.env.PATH,
    OPENAI_API_KEY: 'sk-secret',
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
  }
  const { code, out, err } = await run(['doctor', '--json'], { env, cwd: '/', dir: '/none' })
  expect(code).toBe(1)
  const answer = JSON.parse(out) as { ok: boolean; providers: { provider: string }[] }
  expect(answer.ok).toBe(false)
  expect(answer.providers.find(({ provider }) => provider === 'openai')).toMatchObject({
    ok: false,
    http_status: 401,
    next: expect.stringContaining('OPENAI_API_KEY'),
  })
  expect(out + err).not.toContain('sk-secret')
  server.close()
})
