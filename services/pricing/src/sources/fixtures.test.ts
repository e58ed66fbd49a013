import { readdirSync } from 'node:fs'
import { priceRuleSchema } from '@halftone/contracts'
import { describe, expect, test } from 'vitest'
import { fixtureFolder, noFixtures } from '../testing/fixtures.ts'
import { importers, others, read } from '../testing/import-fixture.ts'

describe.skipIf(noFixtures)('recorded price files (needs ../shared)', () => {
  test('every file is known here', () => {
    const files = readdirSync(fixtureFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/\/+/g, '/').replace(fixtureFolder, ''))
    expect(files.toSorted()).toEqual([...Object.keys(importers), ...Object.keys(others)].toSorted())
  })

  test.each(Object.keys(importers))('%s becomes rules that pass the schema', (file) => {
    const rules = read(file)
    expect(rules.size).toBe(importers[file]![1])
    for (const rule of rules.values()) expect(priceRuleSchema.safeParse(rule).error, rule.id).toBeUndefined()
  })
})
