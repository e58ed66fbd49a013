import { loadCatalogue } from '@halftone/catalogue'
import { silentLogger } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { buildSources } from './build-sources.ts'
import { sourcesSchema } from './source-config.ts'

const faults = (text: string) =>
  sourcesSchema
    .safeParse(text)
    .error?.issues.map(({ message }) => message)
    .join('; ')

test('nothing is followed that is not named; what is named has its provider, role and an hour between polls', () => {
  expect(sourcesSchema.parse(undefined)).toEqual([])
  expect(sourcesSchema.parse('{"openrouter": {}, "litellm": {"interval_ms": 86400000}}')).toMatchObject([
    {
      id: 'openrouter',
      role: 'authority',
      providers: ['openrouter'],
      intervalMs: 3_600_000,
      frozenAfterMs: null,
    },
    { id: 'litellm', role: 'tripwire', providers: [], intervalMs: 86_400_000 },
  ])
})

test('a community file is never an authority, and a provider has one at most', () => {
  expect(faults('{"litellm": {"role": "authority"}}')).toContain('litellm: a community file sets no prices')
  expect(
    faults('{"vercel": {"providers": ["openai"]}, "azure-retail": {"providers": ["openai"]}}'),
  ).toContain('openai: has one authority at most, and vercel and azure-retail claim it')
  expect(faults('{"portkey": {}}')).toBe('portkey: needs a url')
  expect(faults('{"nobody": {}}')).toBeDefined()
  expect(faults('{')).toBe('is not JSON')
})

test('every feed that can be named can be built; a missing key and a claim on what the simulator plays are said', async () => {
  const named =
    '{"openrouter":{},"fal":{"key_env":"K"},"vercel":{},"xai":{"key_env":"K"},"azure-retail":{},"aws-bedrock":{},"google-skus":{"url":"https://example.com"},"openai-models":{"key_env":"K"},"litellm":{},"portkey":{"url":"https://example.com"},"genai-prices":{},"models-dev":{}}'
  const build = (text: string, parts: Partial<Parameters<typeof buildSources>[0]> = {}) =>
    buildSources({
      ...{
        catalogue,
        configured: sourcesSchema.parse(text),
        keyOf: () => 'key',
        file: null,
        simulator: null,
      },
      ...{ now: () => 0, log: silentLogger },
      ...parts,
    })
  const catalogue = await loadCatalogue('current')
  expect(build(named).map(({ id }) => id)).toEqual(Object.keys(JSON.parse(named)))
  expect(() => build('{"fal":{}}')).toThrow('needs a key')
  expect(() => build('{"fal":{"key_env":"FAL_KEY"}}', { keyOf: () => undefined })).toThrow('FAL_KEY')
  const simulator = { url: 'http://127.0.0.1', intervalMs: 1 }
  expect(() => build('{"vercel":{"providers":["openai"]}}', { simulator })).toThrow(
    "the simulator sets openai's prices",
  )
})
