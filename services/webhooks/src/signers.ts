import type { Clock } from '@halftone/contracts'
import { Webhook } from 'standardwebhooks'

/** Answers the signer of a project, made from its secret, which is read once a minute at most. */
export function createSigners(options: {
  secretOf: (projectId: string) => Promise<string>
  now: Clock
}): (projectId: string) => Promise<Webhook> {
  const keepMs = 60_000
  const known = new Map<string, { signer: Promise<Webhook>; until: number }>()
  return (projectId) => {
    const kept = known.get(projectId)
    if (kept && options.now() < kept.until) return kept.signer
    const signer = options.secretOf(projectId).then((secret) => new Webhook(secret))
    known.set(projectId, { signer, until: options.now() + keepMs })
    signer.catch(() => known.delete(projectId))
    return signer
  }
}
