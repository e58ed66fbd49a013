import { expect, test } from 'vitest'
import { serve } from '../testing/serve.ts'
import { createFalSource } from './fal.ts'
import { createOpenrouterSource } from './openrouter.ts'

const settings = { role: 'authority' as const, intervalMs: 1_000, now: () => 0 }

test('OpenRouter’s two lists are one reading; half of one is none', async () => {
  let broken = false
  const endpoint = (slug: string) => ({
    provider_slug: slug,
    pricing: [{ billable: 'output_image', unit: 'image', cost_usd: 0.05 }],
  })
  const url = await serve((request, response) => {
    const answers: Record<string, unknown> = {
      '/api/models': {
        data: [
          {
            id: 'g/flash',
            architecture: { output_modalities: ['image'] },
            pricing: { image_output: '0.00003' },
          },
        ],
      },
      '/api/images/models': { data: [{ id: 'a/one' }, { id: 'a/two' }] },
      '/api/images/models/a/one/endpoints': { id: 'a/one', endpoints: [endpoint('x')] },
      '/api/images/models/a/two/endpoints': { id: 'a/two', endpoints: [endpoint('x'), endpoint('y')] },
    }
    if (broken && request.url?.includes('two')) return response.writeHead(502).end()
    response.end(JSON.stringify(answers[request.url ?? '']))
  })
  const source = createOpenrouterSource({
    ...settings,
    id: 'openrouter',
    providers: ['openrouter'],
    url: `${url}/api`,
  })
  const answer = await source.poll(null)
  expect(answer.kind === 'rules' && answer.rules.map(({ model }) => model)).toEqual([
    ...['g/flash', 'a/one', 'a/two@x', 'a/two@y'],
  ])
  broken = true
  await expect(source.poll(null)).rejects.toThrow('502')
})

test('fal is asked with its key, fifty endpoints a call, through all pages', async () => {
  const asked: { endpoints: number; cursor: string | null; key: string | undefined }[] = []
  const url = await serve((request, response) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams
    const [ids, cursor] = [query.getAll('endpoint_id'), query.get('cursor')]
    asked.push({ endpoints: ids.length, cursor, key: request.headers.authorization })
    const more = ids.length === 50 && cursor === null
    const prices = [
      { endpoint_id: `${ids[0]}${cursor ?? ''}`, unit_price: 0.03, unit: 'images', currency: 'USD' },
    ]
    response.end(JSON.stringify({ prices, has_more: more, next_cursor: more ? 'c' : null }))
  })
  const endpoints = Array.from({ length: 51 }, (_, index) => `fal-ai/m${index}`)
  const source = createFalSource({ ...settings, id: 'fal', providers: ['fal'], url, key: 'k', endpoints })
  const answer = await source.poll(null)
  expect(answer.kind === 'rules' && answer.rules.map(({ model }) => model)).toEqual([
    ...['fal-ai/m0', 'fal-ai/m0c', 'fal-ai/m50'],
  ])
  expect(asked.map(({ endpoints: count }) => count)).toEqual([50, 50, 1])
  expect(asked[1]).toMatchObject({ cursor: 'c', key: 'Key k' })
})
