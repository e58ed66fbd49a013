import { createHash, randomBytes } from 'node:crypto'

/** A file that a caller uploaded to use as an input. */
export interface Upload {
  id: string
  data: Buffer
  contentType: string
  /** Epoch ms. */
  createdAt: number
}

export interface Uploads {
  add(data: Buffer, contentType: string): Upload
  get(id: string): Upload | undefined
  remove(id: string): boolean
}

const uploadLifeMs = 3_600_000
const bytesMax = 256 * 1024 * 1024

/** Uploads in memory: an hour long, and the oldest go first when they become too many. */
export function createUploads(clock: () => number): Uploads {
  const kept = new Map<string, Upload>()

  function sweep(): void {
    let bytes = [...kept.values()].reduce((sum, { data }) => sum + data.length, 0)
    for (const { id, data, createdAt } of kept.values()) {
      if (createdAt + uploadLifeMs > clock() && bytes <= bytesMax) break
      kept.delete(id)
      bytes -= data.length
    }
  }

  return {
    add(data, contentType) {
      const upload = { id: randomBytes(16).toString('hex'), data, contentType, createdAt: clock() }
      kept.set(upload.id, upload)
      sweep()
      return upload
    },
    get(id) {
      sweep()
      return kept.get(id)
    },
    remove: (id) => kept.delete(id),
  }
}

/** An upload as the wire shows it. */
export function uploadView({ id, data, contentType, createdAt }: Upload, base: string) {
  return {
    id,
    name: id,
    content_type: contentType,
    size: data.length,
    etag: id,
    checksums: { sha256: createHash('sha256').update(data).digest('hex') },
    metadata: {},
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(createdAt + uploadLifeMs).toISOString(),
    urls: { get: `${base}/files/${id}` },
  }
}
