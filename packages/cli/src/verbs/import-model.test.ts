import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { modelKey } from '@halftone/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

let dir: string
let server: Awaited<ReturnType<typeof startFakeServer>>
let env: NodeJS.ProcessEnv
const news = 'replicate/flux-next'
const like = 'replicate/flux-dev'

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-cli-'))
  const { rules } = await loadCatalogue('current')
  const priced = (id: string, model: string, provider = 'replicate') => ({
    ...rules.find((rule) => modelKey(rule) === like)!,
    ...{ id, model, provider, observed_at: '2026-11-21T10:00:00.000Z', retires_on: null },
    source: { kind: 'provider_price_api' as const, id: 'feed' },
  })
  const found = (model: string, rule: ReturnType<typeof priced>) => ({
    at: '2026-11-21T10:00:01.000Z',
    detail: { model, provider: rule.provider, source: 'feed', retires_on: null, rules: [rule] },
  })
  const data = [
    { at: '2026-11-21T11:00:00.000Z', detail: { model: 'odd/one', shape: 'of another version' } },
    found(news, priced('feed:next', 'flux-next')),
    found('ideogram/new', priced('feed:new', 'new', 'ideogram')),
    found(like, priced('feed:dev', 'flux-dev')),
  ]
  server = await startFakeServer({ 'GET /admin/v1/price-events': { body: { data, next_cursor: null } } })
  env = { HALFTONE_API: server.url, HALFTONE_KEY: 'k', HALFTONE_ADMIN_KEY: 'a' }
})
afterEach(async () => {
  await server.close()
  await rm(dir, { recursive: true, force: true })
})

const take = (args: string[]) => run(['models', 'import', ...args], { env, cwd: dir })
const file = () => join(dir, 'models.json')

test('an imported model can do what the known one does, at the price and from the source that the feed told', async () => {
  const { code, out, err } = await take([news, '--like', like, '--wire', 'name=flux-next'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const { models, rules } = await loadCatalogue('current', file())
  const [known, spec] = [like, news].map((key) => models.find((one) => modelKey(one) === key))
  expect(spec).toMatchObject({
    ...{ operations: known?.operations, quality: known?.quality, formats: known?.formats },
    ...{ wire: { ...known?.wire, name: 'flux-next' }, as_of: '2026-11-22', retires_on: null },
  })
  expect(rules.find(({ id }) => id === 'feed:next')).toMatchObject({
    ...{ model: 'flux-next', observed_at: '2026-11-21T10:00:00.000Z' },
    source: { kind: 'provider_price_api', id: 'feed' },
  })
  expect(out).toContain(`assumed to be as with ${like}`)
  expect(out).toContain(`set HALFTONE_CATALOGUE_FILE=${file()} and restart`)
})

test('a second import is added to the file, and leaves nothing else behind', async () => {
  await take([news, '--like', like, '--wire', 'name=flux-next'])
  const { out } = await take(['ideogram/new', '--like', news, '--json'])
  const answer = JSON.parse(out)
  expect(answer).toMatchObject({ file: file(), restart_needed: true, callable: false, model: { wire: {} } })
  const { models, rules } = JSON.parse(await readFile(file(), 'utf8'))
  expect([models.map(modelKey), rules.map(({ id }: { id: string }) => id)]).toEqual([
    [news, 'ideogram/new'],
    ['feed:next', 'feed:new'],
  ])
  expect(await readdir(dir)).toEqual(['models.json'])
})

test('wire fields that would call, and pay for, the known model itself are refused', async () => {
  for (const wire of [[], ['--wire', 'name=flux-dev']])
    expect(await take([news, '--like', like, ...wire])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`reach ${like} itself`),
    })
  expect(await readdir(dir)).toEqual([])
})

test('what no feed listed, what is known already, and what is like nothing known is refused, and nothing is written', async () => {
  const refusals: [string[], string][] = [
    [['replicate/none', '--like', like], 'no price feed has listed replicate/none'],
    [[like, '--like', like], 'in the catalogue already'],
    [[news, '--like', 'replicate/none'], 'replicate/none is not in the catalogue'],
    [[news], '--like'],
    [[news, '--like', like, '--wire', 'name'], 'name=value'],
  ]
  for (const [args, said] of refusals) {
    const { code, err } = await take(args)
    expect({ code: code > 0, err }).toEqual({ code: true, err: expect.stringContaining(said) })
  }
  expect(await readdir(dir)).toEqual([])
  await take([news, '--like', like, '--wire', 'name=flux-next'])
  expect((await take([news, '--like', like])).err).toContain('in the catalogue already')
})

test('a file that is not a catalogue is never written over', async () => {
  await writeFile(file(), '{"mine": true}')
  const { code, err } = await take([news, '--like', like, '--wire', 'name=flux-next'])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`${file()}, at the top`) })
  expect(await readFile(file(), 'utf8')).toBe('{"mine": true}')
})

test('an imported model is no longer among those that the catalogue lacks', async () => {
  const row = {
    ...{ rule_id: 'r', provider: 'ideogram', model: 'new', operation: 'generate', size: null, quality: null },
    ...{ mode: 'standard', steps: null, status: 'known', source: 'feed', observed_at: null },
    ...{ cost_per_image_usd: '0.01', cost_per_megapixel_usd: null, cost_per_step_usd: null },
  }
  const rules = [{ operation: 'generate', components: [] }]
  const found = (model: string) => ({ at: '2026-11-21T10:00:00Z', detail: { model, source: 'feed', rules } })
  const other = await startFakeServer({
    'GET /v1/prices': { body: { version: 1, data: [row] } },
    'GET /admin/v1/price-events': { body: { data: [found('ideogram/new'), found('ideogram/newer')] } },
  })
  const { out } = await run(['models', '--json'], { env: { ...env, HALFTONE_API: other.url } })
  await other.close()
  expect(JSON.parse(out).discovered.map(({ detail }: { detail: { model: string } }) => detail.model)).toEqual(
    ['ideogram/newer'],
  )
})
