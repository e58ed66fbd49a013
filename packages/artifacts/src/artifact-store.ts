import type { ArtifactStore } from './artifacts.ts'
import { createFolderStore } from './folder-store.ts'

/** Where pictures are kept. An S3 bucket will be a second kind. */
export interface ArtifactStoreConfig {
  kind: 'folder'
  dir: string
}

export function createArtifactStore(config: ArtifactStoreConfig): ArtifactStore {
  switch (config.kind) {
    case 'folder':
      return createFolderStore({ dir: config.dir })
  }
}
