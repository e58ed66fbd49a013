import { readFile } from 'node:fs/promises'
import { hostPresetSchema } from '@halftone/contracts'
import { expect, test } from 'vitest'
import { loadCatalogue } from './load-catalogue.ts'
import { parseOverlay } from './overlay.ts'

test('a preset without a word is a host that does all as OpenAI, and edits nothing', () => {
  expect(hostPresetSchema.parse({})).toMatchObject({
    auth: { header: 'authorization', prefix: 'Bearer ' },
    paths: { generate: '/images/generations', probe: '/models' },
    fields: { n: 'n', size: 'size' },
    edit: null,
    answer: { list: 'data', base64: 'b64_json', url: 'url' },
  })
})

test('where the host is itself a gateway, its own retries and fallbacks are switched off', async () => {
  const { providers } = await loadCatalogue('current')
  const preset = (id: string) => providers.find((provider) => provider.id === id)?.preset
  expect(preset('litellm')).toMatchObject({
    headers: { 'x-litellm-num-retries': '0' },
    fixed: { disable_fallbacks: true },
  })
  expect(JSON.parse(preset('portkey')?.headers['x-portkey-config'] ?? '')).toMatchObject({
    retry: { attempts: 0 },
  })
})

test('a model that nobody knows the price of is not priced at zero', async () => {
  const { rules } = await loadCatalogue('current')
  for (const rule of rules.filter(({ status }) => status === 'unknown'))
    expect(
      rule.components.every(({ amount }) => amount === null),
      rule.id,
    ).toBe(true)
})

test('the example of docs/adding-a-provider.md is one that works', async () => {
  const page = await readFile(new URL('../../../docs/adding-a-provider.md', import.meta.url), 'utf8')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  const { providers, models, rules } = parseOverlay('the example', example)
  expect(models.map(({ provider }) => provider)).toEqual([providers[0]?.id])
  expect(rules.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
    `${providers[0]?.id}/${models[0]?.model}`,
  ])
  expect(providers[0]?.preset).toBeDefined()
})
