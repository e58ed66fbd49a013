import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pictureNames } from '../download/picture-name.ts'
import { type Answers, startFakeServer } from '../testing/fake-server.ts'
import { run } from '../testing/run.ts'

let cwd: string
const closing: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'halftone-download-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await rm(cwd, { recursive: true, force: true })
})

const content = (n: number) => `picture ${n}`

/** A bulk of so many pictures, each with its slug. */
async function serve(slugs: string[], broken: Answers = {}) {
  let url = ''
  const answers: Answers = {
    'GET /v1/bulk/bulk_1/manifest': () => ({ body: slugs.map((slug, n) => row(url, slug, n)).join('\n') }),
  }
  for (const [n] of slugs.entries()) {
    const sha256 = createHash('sha256').update(content(n)).digest('hex')
    answers[`GET /file/${n}`] = { body: content(n) }
    answers[`GET /v1/files/file_${n}`] = { body: { sha256 } }
  }
  const server = await startFakeServer({ ...answers, ...broken })
  url = server.url
  closing.push(server.close)
  const env = { HALFTONE_API: url, HALFTONE_KEY: 'k' }
  return {
    fetched: () => server.received.filter((one) => one.url.startsWith('/file/')).map((one) => one.url),
    keys: () => server.received.filter((one) => one.url.startsWith('/file/') && one.authorization),
    download: (...args: string[]) => run(['download', 'bulk_1', ...args], { cwd, env }),
  }
}

function row(url: string, slug: string, n: number) {
  const image = { file_id: `file_${n}`, url: `${url}/file/${n}?s=1`, width: 8, height: 8, format: 'png' }
  const images = [{ ...image, bytes: content(n).length }]
  return JSON.stringify({
    index: n,
    job_id: `job_${n}`,
    provider: 'a',
    model: 'b',
    images,
    metadata: { slug },
  })
}

const named = ['--out', 'out', '--name', '{metadata.slug}-{index}.{format}']

test('pictures get the names that were asked for; what is there whole is not fetched again', async () => {
  const { download, fetched, keys } = await serve(['mug', 'cup', 'jug'])
  expect(await download(...named)).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 pictures fetched'),
  })
  expect((await readdir(join(cwd, 'out'))).toSorted()).toEqual(['cup-1.png', 'jug-2.png', 'mug-0.png'])
  expect(await readFile(join(cwd, 'out/cup-1.png'), 'utf8')).toBe(content(1))
  expect(keys()).toEqual([])

  await writeFile(join(cwd, 'out/mug-0.png'), 'half')
  await writeFile(join(cwd, 'out/cup-1.png'), 'x'.repeat(content(1).length))
  const again = JSON.parse((await download(...named, '--json')).out)
  expect(again).toMatchObject({ fetched: 1, there: 2, failed: [] })
  // of the right size, and yet another
  expect(JSON.parse((await download(...named, '--json', '--verify')).out)).toMatchObject({
    fetched: 1,
    there: 2,
  })
  expect(await readFile(join(cwd, 'out/cup-1.png'), 'utf8')).toBe(content(1))
  expect(fetched()).toHaveLength(5)
})

test('two pictures of one name are told before any is fetched', async () => {
  const { download, fetched } = await serve(['mug', 'MUG'])
  expect(await download('--name', '{metadata.slug}.png')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/MUG\.png: job_0 and job_1\n.*\{index\}/),
  })
  expect(fetched()).toEqual([])
})

test('a picture that comes short or not at all leaves no file, and the others come; it ends with 1', async () => {
  const broken = { 'GET /file/0': { body: 'pic' }, 'GET /file/1': { status: 403, body: '' } }
  const { download } = await serve(['mug', 'cup', 'jug'], broken)
  const { code, out } = await download(...named)
  expect([code, out]).toEqual([1, expect.stringMatching(/1 picture fetched[\s\S]*not .*cup-1/)])
  expect(await readdir(join(cwd, 'out'))).toEqual(['jug-2.png'])
})

const image = { file_id: 'file_1', url: '', width: 8, height: 8, format: 'png', bytes: 1 }
const rowOf = (slug: string) => ({
  ...{ index: 7, job_id: 'job_7', provider: 'a', model: 'b/c', images: [image], metadata: { slug } },
})
test.each([
  ['../../etc/passwd', '-..-etc-passwd.png'],
  ['/root/.ssh/id', '-root-.ssh-id.png'],
  ['C:\\Windows\\x', 'C-Windows-x.png'],
  ['con', '_con.png'],
  ['a\u202egnp.exe', 'a-gnp.exe.png'],
  ['.hidden', 'hidden.png'],
  ['', 'job_7.png'],
])('what a job says of itself stays a name: %j', (slug, name) => {
  expect(pictureNames('{metadata.slug}.{format}')(rowOf(slug), image, 1)).toBe(name)
  expect(pictureNames('{model}/{metadata.slug}.{format}')(rowOf(slug), image, 1)).toBe(`b-c/${name}`)
})

test('a template without a suffix gets one, and the second picture of a job a number', () => {
  const naming = pictureNames('{metadata.slug}')
  expect([1, 2].map((n) => naming(rowOf('v1.5'), image, n))).toEqual(['v1.5.png', 'v1.5-2.png'])
  expect(pictureNames('{n}.jpg')(rowOf('x'), image, 2)).toBe('2.jpg')
})

test.each(['../{index}', '/tmp/{index}', 'a//{index}', '{colour}', 'a\\{index}'])(
  'a template that leaves the folder, or asks for what is not there, is refused: %s',
  async (name) => {
    expect(await run(['download', 'bulk_1', '--name', name])).toMatchObject({ code: 2 })
  },
)
