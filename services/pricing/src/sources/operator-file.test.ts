import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { followFake } from '../testing/follow.ts'
import { perImage } from '../testing/price-rule.ts'
import { createOperatorFile, operatorFileId, operatorRules } from './operator-file.ts'

const now = '2026-11-22T10:00:00.000Z'

test('a line of YAML is a price, its number exact; a whole rule says what a line cannot', () => {
  const text = `
prices:
  - model: openai/gpt-image-2
    operation: edit
    quality: low
    size: 1024x1024
    per_image: 0.0061
    page: https://example.com/pricing
    as_of: 2026-11-01
  - { model: a/b/c, per_megapixel: "0.03", confidence: 0.8 }
  - { model: a/free, per_image: 0 }
rules:
  - ${JSON.stringify(perImage('mine', '0.5'))}
`
  const [line, megapixel, free, whole] = operatorRules(text, now)
  expect(line).toMatchObject({
    ...{
      provider: 'openai',
      model: 'gpt-image-2',
      operation: 'edit',
      confidence: 1,
      observed_at: '2026-11-01',
    },
    match: { quality: 'low', size: { kind: 'exact', width: 1024 } },
    components: [{ amount: '0.0061' }],
    source: { kind: 'operator_override', id: operatorFileId },
  })
  expect(megapixel).toMatchObject({ model: 'b/c', confidence: 0.8, components: [{ kind: 'per_megapixel' }] })
  expect(free?.status).toBe('free')
  expect(whole).toMatchObject({ id: 'mine', source: { kind: 'operator_override' } })
})

test.each([
  ['prices:\n  - { model: a/b, per_image: free }', 'prices.0.per_image'],
  ['prices:\n  - { model: a/b, per_image: -1 }', 'prices.0.per_image'],
  ['prices:\n  - { model: a/b, per_image: 1, per_megapixel: 1 }', 'one of per_image'],
  ['prices:\n  - { model: nobody, per_image: 1 }', 'provider/model'],
  ['price: []', 'at the top'],
  ['prices: [', 'Flow sequence'],
])('%j is refused with its place', (text, place) => {
  expect(() => operatorRules(text, now)).toThrow(place)
})

test('the file is read when it changes, its fault leaves the last prices, and what is taken out gives way to the catalogue’s', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'prices-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const path = join(dir, 'prices.yaml')
  let saves = 0
  const save = async (text: string) => {
    await writeFile(path, text)
    await utimes(path, 0, ++saves)
  }
  const shipped = perImage('cur:replicate/flux/generate', '0.04')
  const source = createOperatorFile({ path, intervalMs: 1_000, now: () => 0 })
  const catalogue = { name: 'current', what: '', providers: [], models: [], floors: {}, floors_source: '' }
  const follow = followFake({ ...source, catalogue: { ...catalogue, rules: [shipped] } })
  await follow.prices.put([shipped])
  const amount = () => follow.prices.rule(shipped.id)?.components[0]?.amount

  await save('prices: [{ model: replicate/flux, per_image: 0.5 }]')
  await follow.poll()
  expect(amount()).toBe('0.5')
  await save('prices: [{ model: replicate/flux, per_image: oops }]')
  await follow.poll()
  expect(amount()).toBe('0.5')
  expect(follow.prices.checks.at(-1)?.error).toContain('prices.0.per_image')
  // ten times as much at once: nobody asks the operator twice
  await save('prices: [{ model: replicate/flux, per_image: 5 }]')
  await follow.poll()
  expect(amount()).toBe('5')
  await save('prices: []')
  await follow.poll()
  expect(amount()).toBe('0.04')
})
