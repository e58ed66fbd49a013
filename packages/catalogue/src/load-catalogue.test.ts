import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Catalogue, catalogueSchema, contentTypes, modelKey, type PriceRule } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { catalogueNames, loadCatalogue } from './load-catalogue.ts'
import { parseFile } from './parse-file.ts'

const facts = fileURLToPath(
  new URL('../../../../shared/data/prices/reference-catalogue.json', import.meta.url),
)

/** Named by the reference text as a price tier; no model of that name exists to be asked. */
const rulesWithoutModel = ['google/google-premium-tier']

describe.each(catalogueNames)('the %s catalogue', (name) => {
  test('passes its schema and is read once', async () => {
    expect(await loadCatalogue(name)).toBe(await loadCatalogue(name))
  })

  test('every model belongs to a listed provider and has a price rule, every rule a model', async () => {
    const { providers, models, rules } = await loadCatalogue(name)
    const ids = new Set(providers.map(({ id }) => id))
    const priced = new Set(rules.map(modelKey))
    const known = new Set(models.map(modelKey))
    expect(models.filter((spec) => !ids.has(spec.provider) || !priced.has(modelKey(spec)))).toEqual([])
    expect([...priced].filter((key) => !known.has(key) && !rulesWithoutModel.includes(key))).toEqual([])
  })

  test('ids are unique, and every known price says where it comes from and how sure that is', async () => {
    const { rules, models } = await loadCatalogue(name)
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    expect(new Set(models.map(modelKey)).size).toBe(models.length)
    for (const rule of rules) {
      expect(rule.source.id, rule.id).not.toBe('')
      if (rule.status === 'known') expect(rule.confidence, rule.id).toBeGreaterThan(0)
    }
  })

  test('every size has the name that its provider calls it by, and png comes first where there is one, since it can be transcoded', async () => {
    for (const spec of (await loadCatalogue(name)).models) {
      if (spec.formats.includes('png')) expect(spec.formats[0], modelKey(spec)).toBe('png')
      for (const operation of Object.values(spec.operations))
        if (operation.sizes.kind === 'list' && operation.sizes.names)
          expect(Object.keys(operation.sizes.names)).toEqual(operation.sizes.list)
    }
  })

  test('every content type has a floor that some model reaches', async () => {
    const { floors, models } = await loadCatalogue(name)
    for (const label of contentTypes)
      expect(models.some((spec) => (spec.quality[label] ?? spec.quality_default) >= floors[label]!)).toBe(
        true,
      )
  })
})

describe('what is alive', () => {
  const aliveOn = (day: string, { models }: Catalogue) =>
    models.filter(({ retires_on }) => retires_on === null || retires_on > day).map(modelKey)

  test('no model of the current catalogue was retired before the day the catalogue speaks of', async () => {
    const current = await loadCatalogue('current')
    for (const spec of current.models) expect(aliveOn(spec.as_of, current)).toContain(modelKey(spec))
  })

  test('after the announced retirements of December 2026 each operation still has a model', async () => {
    const current = await loadCatalogue('current')
    const alive = new Set(aliveOn('2026-12-01', current))
    expect(alive.has('openai/gpt-image-1.5')).toBe(false)
    const operations = current.models
      .filter((spec) => alive.has(modelKey(spec)))
      .map((spec) => spec.operations)
    for (const operation of ['generate', 'edit', 'variation'] as const)
      expect(operations.some((has) => has[operation])).toBe(true)
  })

  test('a model’s end is also the end of its prices', async () => {
    const { models, rules } = await loadCatalogue('current')
    const ends = new Map(models.map((spec) => [modelKey(spec), spec.retires_on]))
    for (const rule of rules) expect(rule.retires_on, rule.id).toBe(ends.get(modelKey(rule)))
  })
})

test('rules of the current catalogue carry the ids under which their price feed lists them', async () => {
  for (const { id, provider, model, operation } of (await loadCatalogue('current')).rules)
    expect(id).toBe(`cur:${provider}/${model}/${operation}`)
})

test.skipIf(!existsSync(facts))(
  'the reference rules are the facts they were copied from (needs ../shared)',
  async () => {
    const wordless = ({ reference_note: _, ...rule }: PriceRule) => rule
    const theirs: PriceRule[] = JSON.parse(readFileSync(facts, 'utf8')).rules
    const ours = (await loadCatalogue('reference')).rules.filter(({ id }) => id.startsWith('ref:'))
    const byId = (a: PriceRule, b: PriceRule) => a.id.localeCompare(b.id)
    expect(ours.sort(byId).map(wordless)).toEqual(theirs.sort(byId).map(wordless))
  },
)

test('a fault in a file is named with its place', () => {
  expect(() =>
    parseFile(catalogueSchema, 'mine.json', '{"name": "x", "what": "y", "providers": [{"id": 1}]}'),
  ).toThrow(/mine\.json, at providers\.0\.id: /)
  expect(() => parseFile(catalogueSchema, 'mine.json', '{')).toThrow('mine.json is not JSON')
})
