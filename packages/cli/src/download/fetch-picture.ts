import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../failure.ts'

export interface Wanted {
  path: string
  url: string
  bytes: number
}

const fetchMs = 120_000

/** Whether it was fetched before. Files are whole or not there at all, so the size tells; a hash, if given, must fit too. */
export async function isThere({ path, bytes }: Wanted, sha256: string | null): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile() || found.size !== bytes) return false
  if (sha256 === null) return true
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex') === sha256
}

/** Fetches one picture to its place, whole or not at all: its size, and its hash if the server says one, must be right. */
export async function fetchPicture({ path, url, bytes }: Wanted, interrupted: AbortSignal): Promise<void> {
  if (!/^https?:\/\//.test(url)) throw new Failure('failed', `"${url}" is no link to a picture`)
  const signal = AbortSignal.any([AbortSignal.timeout(fetchMs), interrupted])
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new Failure('unreachable', `${new URL(url).origin} does not answer`, { cause })
  })
  if (!response.ok || !response.body)
    throw new Failure('failed', `${path} was refused [${response.status}]`, { status: response.status })
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.part`
  try {
    const { size, sha256 } = await save(response.body, part, bytes)
    const said = /^"([0-9a-f]{64})"$/.exec(response.headers.get('etag') ?? '')?.[1]
    if (size !== bytes || (said !== undefined && said !== sha256))
      throw new Failure('unreachable', `${path} did not come whole`)
    await rename(part, path)
  } catch (cause) {
    await rm(part, { force: true })
    if (cause instanceof Failure || isOurs(cause)) throw cause
    throw new Failure('unreachable', `${path} was cut off`, { cause })
  }
}

async function save(body: ReadableStream<Uint8Array>, path: string, bytesMax: number) {
  const hash = createHash('sha256')
  let size = 0
  await using file = await open(path, 'w')
  for await (const chunk of body) {
    size += chunk.length
    if (size > bytesMax) break
    hash.update(chunk)
    await file.write(chunk)
  }
  return { size, sha256: hash.digest('hex') }
}

/** The disk's fault, not the line's: no space, no right. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}
