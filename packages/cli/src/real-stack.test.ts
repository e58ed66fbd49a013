import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
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

test('a schedule that is interrupted while it is sent and while it is watched is bought once, and comes whole', async () => {
  const lines = Array.from({ length: 300 }, (_, post) =>
    JSON.stringify({ prompt: `a paper boat ${post}`, metadata: { night: 'one', post } }),
  )
  await writeFile(join(dir, 'night.jsonl'), lines.join('\n'))
  const submit = ['submit', 'night.jsonl', '--deadline', '8h', '--watch']
  const sending = await halftone(submit, /300 jobs, about/)
  expect([sending.code, sending.err]).toEqual([130, expect.stringContaining('say the same again')])
  const watching = await halftone(submit, /\/300 /)
  expect([watching.code, watching.err]).toEqual([130, expect.stringContaining('the work goes on')])
  const { code, out, err } = await halftone(submit)
  expect({ code, err }).toMatchObject({ code: 0, err: expect.not.stringContaining('without a picture') })
  const [bulk = ''] = /bulk_[0-9a-f]{32}/.exec(out) ?? []
  expect(out).toContain('300 of 300 jobs succeeded')

  const jobs = await fetch(`${stack.api}/v1/jobs?metadata.night=one&limit=1000`, {
    headers: { authorization: `Bearer ${stack.key}` },
  })
  expect(((await jobs.json()) as { data: unknown[] }).data).toHaveLength(300)

  const download = ['download', bulk, '--out', 'night', '--name', '{metadata.night}/{metadata.post}.{format}']
  expect(await halftone(download)).toMatchObject({
    code: 0,
    out: expect.stringContaining('300 pictures fetched'),
  })
  expect(await readdir(join(dir, 'night/one'))).toHaveLength(300)
  expect((await halftone([...download, '--json'])).out).toContain('"fetched": 0')
  expect((await halftone(['usage', '--by', 'metadata.night'])).out).toMatch(/one +300 +300/)
}, 180_000)

/** Runs it as a process of its own; Ctrl-C once it has said this. */
function halftone(
  args: string[],
  until?: RegExp,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'main.ts'), ...args], {
    env: {
      ...process.env,
      HALFTONE_API: stack.api,
      HALFTONE_KEY: stack.key,
      HALFTONE_DIR: dir,
      INIT_CWD: dir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
    if (until?.test(err)) child.kill('SIGINT')
    if (until?.test(err)) until = undefined
  })
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}

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
