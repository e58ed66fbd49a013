import type { ArtifactStore } from '@halftone/artifacts'

/** A stored picture as OpenAI answers it. */
export async function readBase64(store: Pick<ArtifactStore, 'get'>, sha256: string): Promise<string> {
  const bytes = await store.get(sha256)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
