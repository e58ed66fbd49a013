import { expect, test } from 'vitest'
import { createProviders } from './registry.ts'

const credentials = { key: 'k', baseUrl: 'http://127.0.0.1:1' }

test('there is an adapter for each provider with credentials, and for no other', () => {
  const providers = createProviders({ openai: credentials, stability: credentials })
  expect([...providers.keys()]).toEqual(['openai', 'stability'])
  expect([...providers.values()].map((provider) => provider.id)).toEqual(['openai', 'stability'])
})

test.each(['acme', 'toString'])(
  'credentials for a provider without an adapter are a mistake that is named: %s',
  (id) => {
    expect(() => createProviders({ [id]: credentials })).toThrow(id)
  },
)
