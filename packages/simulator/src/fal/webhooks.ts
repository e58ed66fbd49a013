import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { Simulation } from '../simulation.ts'

const timeoutMs = 15_000
const retryWaitsMs = [500, 1_000, 2_000]

/** Signs with Ed25519 over the raw body, and shows the public key as fal does, in a JWKS. Strict: every call comes twice. */
export function createFalWebhooks(simulation: Simulation) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')

  function headersFor(requestId: string, userId: string, body: string): Record<string, string> {
    const seconds = String(Math.floor(simulation.clock() / 1_000))
    const digest = createHash('sha256').update(body).digest('hex')
    const message = [requestId, userId, seconds, digest].join('\n')
    return {
      'content-type': 'application/json',
      'x-fal-webhook-request-id': requestId,
      'x-fal-webhook-user-id': userId,
      'x-fal-webhook-timestamp': seconds,
      'x-fal-webhook-signature': sign(null, Buffer.from(message), privateKey).toString('hex'),
    }
  }

  async function post(url: string, headers: Record<string, string>, body: string): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`the receiver answered ${answer.status}`)
  }

  return {
    jwks: () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'simulated', use: 'sig' }] }),
    /** Never rejects. */
    async send(
      url: string,
      requestId: string,
      userId: string,
      payload: Record<string, unknown>,
    ): Promise<void> {
      const body = JSON.stringify(payload)
      const headers = headersFor(requestId, userId, body)
      if (simulation.strict) await post(url, headers, body).catch(() => {})
      for (const waitMs of [0, ...retryWaitsMs]) {
        try {
          await simulation.sleep(waitMs)
          return await post(url, headers, body)
        } catch {
          // The next try; after the last one the receiver has to ask.
        }
      }
    },
  }
}
