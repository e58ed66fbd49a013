import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { runCli } from '../run-cli.ts'

test('doctor says which provider is not well and what to do, as JSON too, and ends with 1', async () => {
  const server = createServer((_, response) => response.writeHead(401).end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const env = {
    PATH: process.env.PATH,
    OPENAI_API_KEY: 'sk-secret',
    OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
  }
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = {
    ...{ env, cwd: '/', dir: '/none', now: Date.now },
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  }
  expect(await runCli(['doctor', '--json'], terminal)).toBe(1)
  const answer = JSON.parse(out.join('')) as { ok: boolean; providers: { provider: string }[] }
  expect(answer.ok).toBe(false)
  expect(answer.providers.find(({ provider }) => provider === 'openai')).toMatchObject({
    ok: false,
    http_status: 401,
    next: expect.stringContaining('OPENAI_API_KEY'),
  })
  expect(out.concat(err).join('')).not.toContain('sk-secret')
  server.close()
})
