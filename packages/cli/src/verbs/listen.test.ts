import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`
const body = JSON.stringify({ type: 'image.job.succeeded', data: { job_id: 'job_1', cost_usd: '0.028' } })

function signed(by: string, text = body): RequestInit {
  const at = new Date()
  const signature = new Webhook(by).sign('whk_1', at, text)
  const stamp = String(Math.floor(at.getTime() / 1_000))
  const headers = { 'webhook-id': 'whk_1', 'webhook-timestamp': stamp, 'webhook-signature': signature }
  return { method: 'POST', body: text, headers: { ...headers, 'x-own': 'kept' } }
}

/** Starts it at a free port, and answers where it is. */
async function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const stop = new AbortController()
  const url = Promise.withResolvers<string>()
  const ended = run(['listen', '--port', '0', ...args], { env, interrupted: stop.signal }, (text) => {
    const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(text) ?? []
    if (found) url.resolve(found)
  })
  return { url: await url.promise, ended, stop: () => stop.abort() }
}

test('what is signed is printed, forwarded as it came and answered as there; what is not is told and refused', async () => {
  const hook = await startFakeServer({ 'POST /hook': { status: 202, body: '' } })
  const { url, ended } = await start(['--secret', secret, '--forward', `${hook.url}/hook`, '--count', '2'])
  const other = `whsec_${Buffer.from('another secret').toString('base64')}`
  expect((await fetch(url, signed(other))).status).toBe(401)
  expect(hook.received).toEqual([])
  expect((await fetch(url, signed(secret))).status).toBe(202)
  expect(hook.received).toMatchObject([{ body, headers: { 'webhook-id': 'whk_1', 'x-own': 'kept' } }])
  const { code, out } = await ended
  expect([code, out.split('\n')]).toEqual([
    0,
    [
      expect.stringContaining('whk_1 is not to be believed'),
      expect.stringMatching(/✓ image\.job\.succeeded +job_1 +\$0\.028 +→ 202/),
    ],
  ])
  await hook.close()
})

test('it registers only when asked, waits for its secret, and leaves nothing behind after Ctrl-C', async () => {
  const endpoint = '/v1/webhook-endpoints'
  const server = await startFakeServer({
    [`POST ${endpoint}`]: { status: 201, body: { id: 'whe_1', secret } },
    [`DELETE ${endpoint}/whe_1`]: { status: 204, body: '' },
  })
  const { url, ended, stop } = await start(['--register', '--json'], {
    HALFTONE_API: server.url,
    HALFTONE_KEY: 'k',
  })
  expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({ url, mode: 'both' })
  expect((await fetch(url, signed(secret))).status).toBe(204)
  stop()
  const { code, out } = await ended
  expect([code, JSON.parse(out)]).toMatchObject([0, { fault: null, type: 'image.job.succeeded' }])
  expect(server.received.at(-1)).toMatchObject({ method: 'DELETE', url: `${endpoint}/whe_1` })
  await server.close()
})

test('without a secret nothing is believed: it says so and does not start', async () => {
  expect(await run(['listen'])).toMatchObject({ code: 2, err: expect.stringContaining('--secret') })
})
