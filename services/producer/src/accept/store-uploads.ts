import type { ArtifactStore } from '@halftone/artifacts'
import type { Files } from '@halftone/ledger'
import type { Upload } from './resolve-inputs.ts'

export interface UploadStores {
  store: Pick<ArtifactStore, 'put'>
  files: Pick<Files, 'add'>
}

/** Bytes first: a file row always has its picture. */
export async function storeUploads(
  { store, files }: UploadStores,
  uploads: readonly Upload[],
): Promise<void> {
  // what many jobs share is stored once
  const distinct = new Map(uploads.map((upload) => [upload.file.fileId, upload]))
  await Promise.all(
    [...distinct.values()].map(async ({ bytes, file }) => {
      await store.put(bytes)
      await files.add(file)
    }),
  )
}
