import type { ModelSpec } from '@halftone/contracts'
import { unsendable } from '../failure.ts'

interface SubmitTarget {
  /** Below the base URL. */
  path: string
  /** What the body says of the model, where the path does not. */
  fields: Record<string, string>
}

/**
 * Where a model's predictions are made, by the catalogue's `wire`: an own `deployment` ("owner/name"), a fixed `version`
 * ("owner/name:hash" or the hash alone), or an official model's `owner` and `name`.
 */
export function submitTarget({ wire }: ModelSpec): SubmitTarget {
  const { deployment, version, owner, name } = wire
  if (deployment !== undefined) return { path: `/deployments/${safe(deployment)}/predictions`, fields: {} }
  if (version !== undefined) return { path: '/predictions', fields: { version } }
  if (owner && name) return { path: `/models/${safe(`${owner}/${name}`)}/predictions`, fields: {} }
  throw unsendable('Replicate', 'the catalogue names no owner and model, no version and no deployment')
}

function safe(path: string): string {
  if (/^[\w.-]+\/[\w.-]+$/.test(path) && !path.includes('..')) return path
  throw unsendable('Replicate', `"${path}" is not owner/name`)
}
