import { type Plan, type ReplicateModel, versionOf } from './models.ts'
import type { WebhookEvent } from './webhooks.ts'

export type Status = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted'

/** The pictures that an edit starts from. */
export interface Inputs {
  image: Buffer
  mask?: Buffer
}

/** Everything about one prediction; `view` shows what the wire may see of it. */
export interface Prediction {
  id: string
  account: string
  model: ReplicateModel
  /** Asked for by a version's hash: then the version is not hidden. */
  byVersion: boolean
  input: Record<string, unknown>
  plan: Plan
  status: Status
  error: string | null
  logs: string
  createdAt: number
  startedAt: number | null
  completedAt: number | null
  deadline: number | null
  inputs: Inputs | null
  /** The API's and the delivery host's base URLs, as this caller reaches them. */
  api: string
  delivery: string
  webhook: { url: string; events: readonly WebhookEvent[] } | null
  /** Resolves when the status is final. */
  ended: Promise<void>
}

export function isFinal(status: Status): boolean {
  return status !== 'starting' && status !== 'processing'
}

/** For so long after its end the API shows what a prediction took and made. */
const retentionMs = 3_600_000

export function isForgotten({ completedAt }: Prediction, now: number): boolean {
  return completedAt !== null && completedAt + retentionMs <= now
}

export function view(prediction: Prediction, now: number) {
  const { id, model, status, api, createdAt, startedAt, completedAt, deadline } = prediction
  const forgotten = isForgotten(prediction, now)
  return {
    id,
    model: model.path,
    version: prediction.byVersion ? versionOf(model) : 'hidden',
    input: forgotten ? {} : prediction.input,
    output: forgotten || status !== 'succeeded' ? null : outputOf(prediction),
    logs: forgotten ? '' : prediction.logs,
    error: prediction.error,
    status,
    source: 'api',
    ...(prediction.webhook && { webhook: prediction.webhook.url }),
    data_removed: forgotten,
    created_at: iso(createdAt),
    ...(startedAt !== null && { started_at: iso(startedAt) }),
    ...(completedAt !== null && { completed_at: iso(completedAt) }),
    ...(deadline !== null && { deadline: iso(deadline) }),
    metrics:
      startedAt !== null && completedAt !== null
        ? { predict_time: (completedAt - startedAt) / 1_000, total_time: (completedAt - createdAt) / 1_000 }
        : {},
    urls: {
      get: `${api}/predictions/${id}`,
      cancel: `${api}/predictions/${id}/cancel`,
      web: `https://replicate.com/p/${id}`,
    },
  }
}

function outputOf({ id, model, plan, delivery }: Prediction): string | string[] {
  const urls = Array.from({ length: plan.n }, (_, i) => `${delivery}/${id}/out-${i}.${plan.ending}`)
  return model.output === 'array' ? urls : (urls[0] ?? '')
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
