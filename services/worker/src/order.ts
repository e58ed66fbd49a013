import { type ImageRequest, type ModelSpec, modelKey } from '@halftone/contracts'
import type { RunnableJob } from '@halftone/ledger'
import type { ImageProvider } from '@halftone/providers'
import { toImageRequest } from '@halftone/routing'
import type { Dependencies } from './dependencies.ts'

/** What is to be called for a job: the plan's choice, or the attempt that is out already. */
export interface Order {
  job: RunnableJob
  /** provider/model */
  key: string
  provider: ImageProvider
  spec: ModelSpec
  request: ImageRequest
  /** The quality that is sent and priced; null = none. */
  quality: string | null
  /** It is a line of a lot, or to be one. */
  batch: boolean
}

/** null: this process has no such model or no key for it. */
export function orderOf(job: RunnableJob, { market, providers }: Dependencies): Order | null {
  const named = job.liveAttempt ?? job.choice
  if (!named) return null
  const key = modelKey(named)
  const spec = market().models.find((model) => modelKey(model) === key)
  const provider = providers.get(named.provider)
  if (!spec || !provider) return null
  const quality = job.choice?.quality_asked ?? null
  const batch = job.liveAttempt ? job.liveAttempt.lotId != null : job.choice?.batch === true
  return { job, key, provider, spec, request: toImageRequest(job.body, job.inputs), quality, batch }
}
