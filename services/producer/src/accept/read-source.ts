import { AppError, createGate, limits } from '@halftone/contracts'
import { decodeDataUri } from './data-uri.ts'
import type { FetchPicture } from './fetch-picture.ts'

/** Reads what a body names or holds itself: a URL or a data URI. null: it is neither, so it names a file. */
export type ReadSource = (source: string, field: string) => Promise<Uint8Array> | null

/** Files of a form by the names that stand for them in the job. */
export type Attached = ReadonlyMap<string, Uint8Array>

const fetchesAtOnce = 4

/** For one request: what many of its jobs name is fetched once, a few at a time, and not without end. */
export function createSourceReader(options: {
  dataUris: boolean
  fetchPicture: FetchPicture
  /** Pictures that came beside the body. */
  attached?: Attached
}): ReadSource {
  const fetched = new Map<string, Promise<Uint8Array>>()
  const gate = createGate(fetchesAtOnce)
  let bytesLeft: number = limits.fetchedBytes

  const fetchOnce = (url: string, field: string): Promise<Uint8Array> => {
    const known = fetched.get(url)
    if (known) return known
    if (fetched.size === limits.fetchedUrls) throw tooMany(field, limits.fetchedUrls, 'different URLs')
    const bytes = gate(async () => {
      if (bytesLeft <= 0) throw tooMany(field, limits.fetchedBytes, 'bytes from URLs')
      const picture = await options.fetchPicture(url, field)
      bytesLeft -= picture.length
      return picture
    })
    fetched.set(url, bytes)
    return bytes
  }

  return (source, field) => {
    const attached = options.attached?.get(source)
    if (attached) return Promise.resolve(attached)
    if (/^data:/i.test(source)) {
      if (!options.dataUris) throw notInBulk(field)
      return Promise.resolve(decodeDataUri(source, field))
    }
    return /^[a-z][a-z0-9+.-]*:/i.test(source) ? fetchOnce(source, field) : null
  }
}

function notInBulk(field: string): AppError {
  return new AppError('invalid_request', 'data URIs are not accepted in a bulk', {
    field,
    next: 'upload the picture by POST /v1/files and give its id',
  })
}

function tooMany(field: string, limit: number, what: string): AppError {
  return new AppError('too_large', `one request reads at most ${limit} ${what}`, {
    field,
    limit,
    next: 'upload the pictures by POST /v1/files and give their ids',
  })
}
