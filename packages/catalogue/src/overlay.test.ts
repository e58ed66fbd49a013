import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from './load-catalogue.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-catalogue-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function overlay(content: unknown): Promise<string> {
  const file = join(dir, `${crypto.randomUUID()}.json`)
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

test('what an operator lays over the catalogue takes the place of its namesake or stands beside it', async () => {
  const shipped = await loadCatalogue('current')
  const [provider, spec, rule] = [shipped.providers[0]!, shipped.models[0]!, shipped.rules[0]!]
  const providers = [
    { ...provider, name: 'Other' },
    { ...provider, id: 'own', preset: {} },
  ]
  const models = [
    { ...spec, prompt_max_chars: 7 },
    { ...spec, model: 'own' },
  ]
  const rules = [
    { ...rule, confidence: 0.5 },
    { ...rule, id: 'own', model: 'own' },
  ]
  const laid = await loadCatalogue('current', await overlay({ providers, models, rules }))
  expect(laid.models).toEqual([models[0], ...shipped.models.slice(1), models[1]])
  expect(laid.rules).toEqual([rules[0], ...shipped.rules.slice(1), rules[1]])
  expect(laid.providers.map(({ id, name }) => [id, name])).toEqual([
    [provider.id, 'Other'],
    ...shipped.providers.slice(1).map(({ id, name }) => [id, name]),
    ['own', provider.name],
  ])
  expect(await loadCatalogue('current'), 'the shipped one is untouched').toBe(shipped)
})

test('providers, models or rules may be left out', async () => {
  expect(await loadCatalogue('current', await overlay({}))).toEqual(await loadCatalogue('current'))
})

test('a fault is named with its file and place: what is meant to be sold is never dropped in silence', async () => {
  const [rule] = (await loadCatalogue('current')).rules
  const wrong = await overlay({ rules: [rule, { ...rule, id: 'x', currency: 1 }] })
  await expect(loadCatalogue('current', wrong)).rejects.toThrow(`${wrong}, at rules.1.currency: `)
  const misspelt = await overlay({ model: [] })
  await expect(loadCatalogue('current', misspelt)).rejects.toThrow(`${misspelt}, at the top: `)
  const broken = await overlay('{')
  await expect(loadCatalogue('current', broken)).rejects.toThrow(`${broken} is not JSON`)
  await expect(loadCatalogue('current', join(dir, 'none.json'))).rejects.toThrow(/none\.json cannot be read/)
})
