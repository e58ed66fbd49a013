import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const home = resolve(import.meta.dirname, '..')
const root = resolve(home, '../..')
let project: string
let installed: string

/** As it would be published, in a project that has nothing else; nothing is asked of a registry. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'halftone-tarball-'))
  installed = join(project, 'node_modules/@halftone/client')
  const pnpm = /pnpm\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined
  const [program, first] = pnpm ? [process.execPath, [pnpm]] : ['npx', ['-y', 'pnpm@10.34.9']]
  await run(program, [...first, 'pack', '--pack-destination', project], { cwd: home })
  await rm(join(home, 'dist'), { recursive: true })
  const [tarball] = (await readdir(project)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(project, 'package.json'), '{"name": "empty", "private": true, "type": "module"}')
  const quiet = ['--offline', '--no-audit', '--no-fund']
  await run('npm', ['install', `./${tarball}`, ...quiet], { cwd: project })
}, 120_000)
afterAll(() => rm(project, { recursive: true, force: true }))

test('it installs alone: it brings nothing and needs nothing', async () => {
  const { dependencies, exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  expect(dependencies).toBeUndefined()
  expect(exports['.']).toEqual({ types: './dist/index.d.ts', default: './dist/index.js' })
  expect(await readdir(join(project, 'node_modules'))).toEqual(['.package-lock.json', '@halftone'])
  const files = await readdir(join(installed, 'dist'))
  expect(files.filter((name) => /test|fake|write-wire/.test(name))).toEqual([])
})

test('the core runs in a browser: it imports nothing but its own files, and names nothing of Node', async () => {
  for (const name of (await readdir(join(installed, 'dist'))).filter((one) => one.endsWith('.js'))) {
    const text = await readFile(join(installed, 'dist', name), 'utf8')
    const imports = [...text.matchAll(/(?:from|import\(?)\s*['"]([^'"]+)['"]/g)].map(([, from]) => from!)
    const foreign = imports.filter((from) => !from.startsWith('./'))
    expect(
      foreign.filter((from) => !from.startsWith('@langchain/core/')),
      name,
    ).toEqual([])
    if (name !== 'langchain.js') expect(foreign, name).toEqual([])
    expect(text, name).not.toMatch(/\b(process|Buffer|require|__dirname|setImmediate)\b[.(]/)
  }
})

test('it runs under plain Node', async () => {
  await writeFile(
    join(project, 'run.js'),
    `import { HalftoneError, ImageGenerationClient, verifyWebhook } from '@halftone/client'
     import { createHalftone } from '@halftone/client/ai-sdk'
     const fetch = async () => Response.json({ id: 'job_1', status: 'succeeded', images: [] })
     const client = new ImageGenerationClient({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'key', fetch })
     const made = await client.generate({ prompt: 'a kite' })
     const error = await verifyWebhook('{}', {}, 'whsec_').catch((one) => one)
     const model = createHalftone({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'key' }).image('auto')
     console.log(made.id, error instanceof HalftoneError, error.code, model.specificationVersion)`,
  )
  const { stdout } = await run(process.execPath, ['run.js'], { cwd: project })
  expect(stdout.trim()).toBe('job_1 true not_verified v4')
})

test('its types stand alone, and are strict', async () => {
  await mkdir(join(project, 'node_modules/@langchain'))
  for (const peer of ['ai', '@langchain/core'])
    await symlink(join(home, 'node_modules', peer), join(project, 'node_modules', peer))
  await writeFile(
    join(project, 'types.ts'),
    `import { type BulkAnswer, ImageGenerationClient, type JobAnswer } from '@halftone/client'
     import { createHalftone } from '@halftone/client/ai-sdk'
     import { HalftoneImageTool } from '@halftone/client/langchain'
     import { generateImage } from 'ai'
     const options = { baseUrl: 'http://127.0.0.1:8080', apiKey: 'key' }
     const client = new ImageGenerationClient(options)
     const job: JobAnswer = await client.submit({ prompt: 'a kite', n: 2, quality: 'low' })
     const bytes: Uint8Array = await (await client.generate({ prompt: 'a kite' })).images[0]!.download()
     for await (const { id, rejected } of client.submitMany([{ prompt: 'a kite' }])) console.log(id?.length, rejected.length)
     const total: string = (await client.quote({ jobs: [{ prompt: 'a kite' }] })).total_usd
     const bulk: BulkAnswer = await client.bulk('bulk_1')
     const tools: string = new HalftoneImageTool({ client }).name
     await generateImage({ model: createHalftone(options).image('auto'), prompt: 'a kite' })
     // @ts-expect-error not a quality
     client.submit({ prompt: 'a kite', quality: 'superb' })
     // @ts-expect-error a status is one of eight
     job.status === 'done'
     export { bulk, bytes, total, tools }`,
  )
  const flags = [
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--lib',
    'es2023,dom,dom.iterable,dom.asynciterable',
  ]
  for (const module of [['nodenext'], ['esnext', '--moduleResolution', 'bundler']])
    await run(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...flags,
        '--skipLibCheck',
        '--types',
        '',
        '--module',
        ...module,
        'types.ts',
      ],
      { cwd: project },
    ).catch((error) => expect.fail(String(error.stdout)))
}, 60_000)
