import type { ProviderSpec } from '@halftone/contracts'
import { parseConfig } from '@halftone/service-kit'
import { expect, test } from 'vitest'
import { configSchema } from './config.ts'
import { readCredentials } from './credentials.ts'
import { servePools } from './serve-pools.ts'

const providers: ProviderSpec[] = [
  ['openai', 'OPENAI_API_KEY', 'https://api.openai.test/v1'],
  ['replicate', 'REPLICATE_API_TOKEN', 'https://api.replicate.test/v1'],
  ['unheard-of', 'UNHEARD_API_KEY', 'https://unheard.test'],
].map(([id = '', key_env = '', base_url = '']) => ({
  id,
  name: id,
  key_env,
  base_url,
  limits: { requests_per_minute: 600, concurrent: 48 },
  sources: ['made up'],
}))
const least = {
  DATABASE_URL: 'postgres://u@127.0.0.1/db',
  REDIS_URL: 'redis://127.0.0.1',
  HALFTONE_ARTIFACTS_DIR: '/tmp/a',
}

test('each provider’s own variables give its key and, if set, another base URL', () => {
  const env = {
    REPLICATE_API_TOKEN: 'r8',
    OPENAI_API_KEY: 'sk',
    OPENAI_BASE_URL: 'http://127.0.0.1:1/v1/',
    OPENAI_ADMIN_KEY: 'sk-admin',
    OPENAI_API_KEY_ID: 'key_1',
  }
  expect(readCredentials(providers, env, null)).toEqual({
    openai: { key: 'sk', baseUrl: 'http://127.0.0.1:1/v1', adminKey: 'sk-admin', keyId: 'key_1' },
    replicate: { key: 'r8', baseUrl: 'https://api.replicate.test/v1' },
  })
})

test('a simulated system never holds a real key, nor a real address', () => {
  const found = readCredentials(providers, { OPENAI_API_KEY: 'sk' }, 'http://127.0.0.1:9')
  const simulated = { key: 'simulated', adminKey: 'simulated' }
  expect(found).toEqual({
    openai: { ...simulated, baseUrl: 'http://127.0.0.1:9/openai/v1' },
    replicate: { ...simulated, baseUrl: 'http://127.0.0.1:9/replicate/v1' },
  })
})

test('limits of the environment replace the catalogue’s, field by field', () => {
  const HALFTONE_LIMITS = '{"replicate":{"requests_per_minute":300}}'
  const config = parseConfig(configSchema, { ...least, HALFTONE_LIMITS, HALFTONE_POOLS: 'replicate' })
  const { pools, limitsOf } = servePools({ providers }, ['openai', 'replicate'], config)
  expect(pools).toEqual(['replicate'])
  expect(limitsOf('replicate')).toEqual({ requests_per_minute: 300, concurrent: 48 })
})

test('a pool without a key, and a simulation without a simulator, are refused at the start', () => {
  const config = parseConfig(configSchema, { ...least, HALFTONE_POOLS: 'openai,unheard-of' })
  expect(() => servePools({ providers }, ['openai'], config)).toThrow('unheard-of')
  expect(() => parseConfig(configSchema, { ...least, HALFTONE_SIMULATE: '1' })).toThrow(
    'HALFTONE_SIMULATOR_URL',
  )
})
