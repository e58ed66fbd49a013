import type { Readable } from 'node:stream'
import type { ImageFormat } from '@halftone/contracts'

export interface StoredObject {
  sha256: string
  bytes: number
}

export interface ImageFacts {
  width: number
  height: number
  format: ImageFormat
}

/** Pictures and uploads, named by their own SHA-256: storing the same bytes twice is storing them once. */
export interface ArtifactStore {
  /** Written in full before it answers. */
  put(bytes: Uint8Array): Promise<StoredObject>
  get(sha256: string): Promise<Uint8Array>
  stream(sha256: string): Promise<Readable>
  has(sha256: string): Promise<boolean>
  /** Throws when the store cannot be written. */
  check(): Promise<void>
}
