import { expect, test } from 'vitest'
import { patiently, simulated } from './testing/simulated.ts'

const rule = 'cur:replicate/flux-schnell/generate'

async function put(url: string, id: string, body: unknown): Promise<Response> {
  return fetch(`${url}/prices/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

test('a price is changed by its rule id, raw or encoded, and the feed shows it at once', async () => {
  const { url, get } = await simulated()
  for (const [id, amount] of [
    [rule, '0.01'],
    [encodeURIComponent(rule), '0.02'],
  ] as const) {
    expect((await put(url, id, { amount_usd: amount })).status).toBe(200)
    const feed = (await (await get('/prices')).json()) as { rules: { rule_id: string; amount_usd: string }[] }
    expect(feed.rules.find(({ rule_id }) => rule_id === rule)?.amount_usd).toBe(amount)
  }
})

test('the feed answers 304 until a price moves', async () => {
  const { url, get } = await simulated()
  const etag = (await get('/prices')).headers.get('etag') ?? ''
  expect(etag).toMatch(/^W\//)
  expect((await get('/prices', { 'if-none-match': etag })).status).toBe(304)
  await put(url, rule, { amount_usd: '0.01' })
  expect((await get('/prices', { 'if-none-match': etag })).status).toBe(200)
})

test('a request is charged at the price of the moment it arrived', async () => {
  const { url, post, books } = await simulated({ latency: 0.05 })
  const call = post('/replicate/v1/models/black-forest-labs/flux-schnell/predictions', {
    input: { prompt: 'a lake' },
  })
  const { urls } = (await (await call).json()) as { urls: { get: string } }
  expect(urls.get).toContain(url)
  await put(url, rule, { amount_usd: '9' })
  await expect
    .poll(async () => (await books()).entries.map(({ nano }) => nano), patiently)
    .toEqual([3_000_000])
})

test('both catalogues list the agreed rules', async () => {
  const ids = async (catalogue: 'reference' | 'current') => {
    const { get } = await simulated({ catalogue })
    const feed = (await (await get('/prices')).json()) as { rules: { rule_id: string }[] }
    return feed.rules.map(({ rule_id }) => rule_id)
  }
  expect(await ids('reference')).toEqual([
    'ref:openai/dall-e-4/generate/1024',
    'ref:openai/dall-e-4/generate/2048',
    'ref:replicate/sd-3.5-turbo/generate/1024',
    'ref:stability/clipdrop/inpaint',
    'ref:stability/clipdrop/outpaint',
    'ref:stability/clipdrop/style-transfer',
    'ref:google/imagen-3/generate/512',
    'ref:google/imagen-3/generate/4k',
    'ref:anthropic/claude-image/generate',
    'op:stability/flat-inpaint/inpaint',
    'op:deepseek/janus/edit',
  ])
  const current = await ids('current')
  expect(new Set(current).size).toBe(current.length)
  expect(current.every((id) => /^cur:[a-z-]+\/.+\/[a-z-]+$/.test(id))).toBe(true)
})

test('bad input to the controls is a 400, an unknown id a 404, each with a sentence', async () => {
  const { url, post, get } = await simulated()
  const answers = [
    [await post('/faults', { provider: 'nobody', kind: 'down' }), 400],
    [await post('/faults', { provider: 'openai', kind: 'down', rate: 2 }), 400],
    [await post('/faults', { provider: 'openai', kind: 'down', model: 'dall-e-3' }), 400],
    [await put(url, rule, { amount_usd: '-1' }), 400],
    [await put(url, 'cur:nobody/none/generate', { amount_usd: '1' }), 404],
    [await get('/books?after=x'), 400],
    [await fetch(`${url}/faults/fault_9`, { method: 'DELETE' }), 404],
  ] as const
  for (const [answer, status] of answers) {
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/\.$/) })
  }
})
