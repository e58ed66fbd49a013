import type { Nano } from '@halftone/contracts'

export interface Projects {
  /** Makes the project if there is none of that name. The key is shown once and stored as its SHA-256. */
  createKey(project: string): Promise<{ id: string; key: string; projectId: string }>
  /** Stores a key that the caller made (local stack: the same key over restarts). Does nothing if it is there. */
  ensureKey(project: string, key: string): Promise<{ projectId: string }>
  findKey(key: string): Promise<{ keyId: string; projectId: string } | null>
  /** `whsec_…`, the secret that signs per-job webhooks of this project. */
  webhookSecret(projectId: string): Promise<string>
  setBudget(projectId: string, limit: Nano | null): Promise<void>
  budget(projectId: string): Promise<{ limit: Nano | null; held: Nano; spent: Nano }>
}
