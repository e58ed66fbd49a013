import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createArtifactStore } from './artifact-store.ts'
import type { ArtifactStore } from './artifacts.ts'

let dir: string
let store: ArtifactStore
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halftone-artifacts-'))
  store = createArtifactStore({ kind: 'folder', dir })
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test.each([0, 1, 100, 5_000, 70_000, 1_000_000])(
  '%i bytes come back as they went in, whole or streamed',
  async (size) => {
    const bytes = randomBytes(size)
    const { sha256, bytes: stored } = await store.put(bytes)
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(stored).toBe(size)
    expect(Buffer.from(await store.get(sha256)).equals(bytes)).toBe(true)
    expect((await buffer(await store.stream(sha256))).equals(bytes)).toBe(true)
  },
)

test('a file lies under the first four digits of its own hash', async () => {
  const { sha256 } = await store.put(Buffer.from('picture'))
  const path = join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  expect(await readFile(path, 'utf8')).toBe('picture')
})

test('storing the same bytes many times at once is storing them once', async () => {
  const stored = await Promise.all(Array.from({ length: 20 }, () => store.put(Buffer.from('same'))))
  expect(new Set(stored.map(({ sha256 }) => sha256)).size).toBe(1)
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  expect(files).toHaveLength(1)
})

test('a write that breaks off leaves no file under its name, and no rest', async () => {
  const bytes = Buffer.from('picture')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  // A folder where the file should be: the picture is written, but cannot get its name.
  await mkdir(join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256), { recursive: true })
  await expect(store.put(bytes)).rejects.toThrow(sha256)
  expect(await readdir(join(dir, 'incoming'))).toEqual([])
})

test.each(['0'.repeat(64), '../../etc/passwd', ''])('what is not stored is not found: %s', async (name) => {
  await expect(store.get(name)).rejects.toMatchObject({ code: 'not_found' })
  await expect(store.stream(name)).rejects.toMatchObject({ code: 'not_found' })
})

test('has tells the stored from the missing', async () => {
  const { sha256 } = await store.put(Buffer.from('picture'))
  expect(await store.has(sha256)).toBe(true)
  expect(await store.has('0'.repeat(64))).toBe(false)
})

test('a check passes on a folder that can be written, leaves nothing, and fails on a path that is a file', async () => {
  await store.check()
  expect(await readdir(join(dir, 'incoming'))).toEqual([])
  const file = join(dir, 'file')
  await writeFile(file, '')
  await chmod(file, 0o400)
  await expect(createArtifactStore({ kind: 'folder', dir: file }).check()).rejects.toThrow()
})
