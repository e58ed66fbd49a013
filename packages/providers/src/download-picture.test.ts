import { limits } from '@halftone/contracts'
import { Agent } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { downloadPicture, type PictureHost } from './download-picture.ts'
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from './http.ts'
import { type FakeAnswer, type FakeServer, startFakeServer } from './testing/fake-server.ts'
import { failureOf } from './testing/provider-suite.ts'

let home: FakeServer
let http: Http
beforeEach(async () => {
  home = await startFakeServer()
  http = createHttp()
})
afterEach(async () => {
  await http.close()
  await home.close()
})

/** What a spied sender answers, by URL; everything else is a 404. */
type Script = Record<string, Partial<HttpAnswer> | Error>

function source(script: Script, hosts: string[] | null = ['files.example', '*.files.example']) {
  const seen: HttpRequest[] = []
  const from: PictureHost = {
    provider: 'Sample',
    baseUrl: 'https://api.sample.example/v1',
    headers: { authorization: 'Bearer secret' },
    again: true,
    hosts,
    pause: async () => undefined,
    async send(request) {
      seen.push(request)
      const answer = script[request.url] ?? { status: 404 }
      if (answer instanceof Error) throw answer
      return { status: 200, headers: {}, body: Buffer.from('picture'), ...answer }
    },
  }
  return { seen, get: (url: string) => downloadPicture(url, from, new AbortController().signal) }
}
const redirect = (location: string) => ({ status: 302, headers: { location }, body: Buffer.alloc(0) })

test('a delivery host is asked through the guard and never sees the key; the API itself does', async () => {
  const there = source({ 'https://x.files.example/a.png': {}, 'https://api.sample.example/f/1': {} })
  await there.get('https://x.files.example/a.png')
  await there.get('https://api.sample.example/f/1')
  expect(there.seen).toMatchObject([
    { foreign: true, headers: {} },
    { foreign: false, headers: { authorization: 'Bearer secret' } },
  ])
})

test.each([
  'http://files.example/a.png',
  'https://files.example:8443/a.png',
  'https://files.example.evil.test/a.png',
  'https://evilfiles.example/a.png',
  'https://user:pw@files.example/a.png',
  'https://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'no url',
])('a picture at %s is not fetched: it is gone, and paid', async (url) => {
  const { get, seen } = source({})
  expect(await failureOf(get(url))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
  expect(seen).toEqual([])
})

test('a redirect is followed to places that pass the same check, and takes no key along', async () => {
  const { get, seen } = source({
    'https://api.sample.example/f/1': redirect('https://files.example/b'),
    'https://files.example/b': redirect('/c.png'),
    'https://files.example/c.png': redirect('https://api.sample.example/d'),
    'https://api.sample.example/d': {},
  })
  expect(Buffer.from(await get('https://api.sample.example/f/1')).toString()).toBe('picture')
  expect(seen.map(({ headers }) => headers)).toEqual([{ authorization: 'Bearer secret' }, {}, {}, {}])
})

test.each([
  ['elsewhere', 'https://evil.test/'],
  ['inside', 'http://127.0.0.1:6379/'],
  ['in a circle', 'https://files.example/a'],
])('a redirect that leads %s ends it', async (_, location) => {
  const { get, seen } = source({ 'https://files.example/a': redirect(location) })
  expect(await failureOf(get('https://files.example/a'))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
  expect(seen.length).toBeLessThanOrEqual(4)
  expect(seen.every(({ url }) => url === 'https://files.example/a')).toBe(true)
})

test('where nobody says which hosts are the provider’s, any https host may be asked through the guard', async () => {
  const { get, seen } = source({ 'https://cdn.test/a.png': {} }, null)
  await get('https://cdn.test/a.png')
  expect(seen).toMatchObject([{ foreign: true, headers: {} }])
  expect(await failureOf(get('http://cdn.test/a.png'))).toMatchObject({ billed: 'yes' })
})

test('a packed answer is not unpacked, and tried no second time', async () => {
  const { get, seen } = source({ 'https://files.example/a': { headers: { 'content-encoding': 'gzip' } } })
  expect(await failureOf(get('https://files.example/a'))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
  expect(seen).toHaveLength(1)
})

test('a picture in a data URL needs no host; one that is not base64 is a bad answer', async () => {
  const { get } = source({})
  expect(Buffer.from(await get('data:image/png;base64,cGljdHVyZQ==')).toString()).toBe('picture')
  for (const url of ['data:image/png,picture', 'data:image/png;base64,*', 'data:,x'])
    expect(await failureOf(get(url))).toMatchObject({ code: 'bad_answer', billed: 'yes' })
})

test.each<[string, FakeAnswer, { billed: string; tries: number }]>([
  ['is not there', { status: 404 }, { billed: 'yes', tries: 1 }],
  ['is out of reach', 'reset', { billed: 'unknown', tries: 3 }],
  ['is behind a server that is down', { status: 503 }, { billed: 'unknown', tries: 3 }],
  ['has no end', { status: 200, body: Buffer.alloc(limits.fileBytes + 1) }, { billed: 'yes', tries: 1 }],
])('a picture that %s', async (_, answer, { billed, tries }) => {
  home.answerWith(() => answer)
  const from: PictureHost = {
    provider: 'Sample',
    send: http.send,
    baseUrl: home.origin,
    again: true,
    hosts: [],
    pause: async () => undefined,
  }
  const error = await failureOf(downloadPicture(`${home.origin}/a.png`, from, new AbortController().signal))
  expect(error).toMatchObject({ billed })
  expect(home.seen).toHaveLength(tries)
  const once = await failureOf(
    downloadPicture(`${home.origin}/a.png`, { ...from, again: false }, new AbortController().signal),
  )
  expect(once, 'of a call that cannot be asked again').toMatchObject({ code: 'bad_answer', billed: 'yes' })
})

test('what the guard refuses is gone; without a guard nothing foreign is sent', async () => {
  const refusal = Object.assign(new Error('blocked'), { name: 'BlockedTargetError' })
  const guard = new Agent({ connect: (_, done) => done(refusal, null) })
  const from = { ...sourceOf(createHttp({ guard })), hosts: null }
  const signal = new AbortController().signal
  expect(await failureOf(downloadPicture('https://files.example/a', from, signal))).toMatchObject({
    code: 'bad_answer',
    billed: 'yes',
  })
  expect(
    await failureOf(downloadPicture('https://files.example/a', { ...from, send: http.send }, signal)),
  ).toMatchObject({
    code: 'provider_config',
  })
})

function sourceOf({ send }: Http): PictureHost {
  return {
    provider: 'Sample',
    send,
    baseUrl: 'https://api.sample.example',
    again: true,
    hosts: null,
    pause: async () => undefined,
  }
}
