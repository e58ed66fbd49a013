import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCatalogue } from '@halftone/catalogue'
import { jobAnswerSchema, modelKey } from '@halftone/contracts'
import { type Stack, startStack } from '@halftone/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './testing/run.ts'

let dir: string
let stack: Stack
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-cli-'))
  await writeFile(join(dir, 'models.json'), JSON.stringify(await ownModel()))
  stack = await startStack({
    dir,
    port: 0,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HALFTONE_SIMULATE: '1',
      HALFTONE_SIM_LATENCY: '0',
      HALFTONE_CATALOGUE: 'reference',
      HALFTONE_CATALOGUE_FILE: join(dir, 'models.json'),
    },
    say: () => {},
    onLine: () => {},
  })
}, 90_000)
afterAll(async () => {
  await stack?.stop()
  await rm(dir, { recursive: true, force: true })
}, 30_000)

test('what a real stack answers is understood by every verb that reads', async () => {
  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ prompt: 'a paper boat', size: '1024x1024' })
  const posted = await fetch(`${stack.api}/v1/jobs?wait=30`, { method: 'POST', headers, body })
  const job = jobAnswerSchema.parse(await posted.json())

  const env = { HALFTONE_API: stack.api, HALFTONE_KEY: stack.key, HALFTONE_ADMIN_KEY: stack.adminKey }
  const words = async (...args: string[]) => {
    const { code, out, err } = await run(args, { env })
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' })
    return out
  }
  expect(await words('job', job.id)).toMatch(/cost +\$0\.028[\s\S]*dall-e-4 +\$0\.04/)
  expect(await words('jobs')).toContain(job.id)
  expect(await words('prices', '--size', '1024x1024')).toMatch(
    /stable-diffusion-3\.5-turbo +1024x1024 +\$0\.028/,
  )
  const listed = await words('models')
  expect(listed).toContain('openai/dall-e-4')
  expect(listed, 'of the catalogue file').toMatch(/openai\/own +generate +\$9\.00/)
  expect(await words('prices', 'sources')).toMatch(/simulator +authority/)
  expect(await words('prices', 'held')).toContain('nothing is held')
  await words('prices', 'events')
  expect(await run(['prices', 'release', '1'], { env })).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such price is held'),
  })
  expect(await words('providers')).toMatch(/replicate \(simulated\) +up/)
  expect(await run(['job', 'job_0'], { env })).toMatchObject({ code: 1 })
})

/** Dearer than all, so that nobody is sent to it. */
async function ownModel() {
  const { models, rules } = await loadCatalogue('reference')
  const isKnown = (one: { provider: string; model: string }) => modelKey(one) === 'openai/dall-e-4'
  const rule = rules.find((one) => isKnown(one) && one.operation === 'generate')!
  const components = [{ kind: 'per_image', amount: '9', count: 'output' }]
  return {
    models: models.filter(isKnown).map((spec) => ({ ...spec, model: 'own' })),
    rules: [{ ...rule, id: 'own', model: 'own', components, modifiers: [] }],
  }
}
