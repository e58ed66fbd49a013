import type { Clock } from '@halftone/contracts'
import type { OutboxMessage } from '@halftone/ledger'
import { Webhook } from 'standardwebhooks'

/** Signs as Standard Webhooks does: the header's value, one signature for each secret that holds. */
export type Sign = (id: string, at: Date, body: string) => string

/** Answers how a message is signed: by its endpoint's secrets, else by its project's, which is read once a minute at most. */
export function createSigners(options: {
  secretOf: (projectId: string) => Promise<string>
  now: Clock
}): (message: Pick<OutboxMessage, 'projectId' | 'endpoint'>) => Promise<Sign> {
  const keepMs = 60_000
  const known = new Map<string, { sign: Promise<Sign>; until: number }>()
  return async ({ projectId, endpoint }) => {
    if (endpoint) return signBy(endpoint.secrets)
    const kept = known.get(projectId)
    if (kept && options.now() < kept.until) return kept.sign
    const sign = options.secretOf(projectId).then((secret) => signBy([secret]))
    known.set(projectId, { sign, until: options.now() + keepMs })
    sign.catch(() => known.delete(projectId))
    return sign
  }
}

function signBy(secrets: readonly string[]): Sign {
  const signers = secrets.map((secret) => new Webhook(secret))
  return (id, at, body) => signers.map((signer) => signer.sign(id, at, body)).join(' ')
}
