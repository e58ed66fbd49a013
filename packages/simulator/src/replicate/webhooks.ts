import { createHash, createHmac, randomUUID } from 'node:crypto'
import { randomFrom } from '../seeded.ts'
import type { Simulation } from '../simulation.ts'

export const webhookEvents = ['start', 'output', 'logs', 'completed'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

export interface Webhooks {
  /** What `GET /webhooks/default/secret` answers. The same over a restart with the same seed. */
  secret: string
  /** Posts a body, with a few more tries if the network fails. Never rejects. */
  send(url: string, body: unknown): Promise<void>
}

/** How one delivery is spoilt before, or instead of being sent just once. */
type Mischief = 'twice' | 'old' | 'forged'

const retryWaitsMs = [500, 1_000, 2_000]
const timeoutMs = 10_000
const mischiefRate = 0.1
const oldSeconds = 3_600

/** Signs and sends as the Standard Webhooks specification says. Strict mode adds what a receiver must survive. */
export function createWebhooks(simulation: Simulation): Webhooks {
  const bytes = createHash('sha256').update(`halftone-simulator/${simulation.seed}`).digest()
  const secret = `whsec_${bytes.toString('base64')}`
  const random = randomFrom(`${simulation.seed}/webhooks`)

  function sign(id: string, seconds: number, body: string, key: Buffer): string {
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  }

  async function post(url: string, id: string, body: string, mischief?: Mischief): Promise<void> {
    const seconds = Math.floor(simulation.clock() / 1_000) - (mischief === 'old' ? oldSeconds : 0)
    const key = mischief === 'forged' ? Buffer.from('somebody else') : bytes
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': `${seconds}`,
      'webhook-signature': sign(id, seconds, body, key),
    }
    // Redirects are not followed, and any answer ends it: only a network failure is tried again.
    await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    }).then((answer) => answer.body?.cancel())
  }

  return {
    secret,
    async send(url, body) {
      const id = `msg_${randomUUID().replaceAll('-', '')}`
      const text = JSON.stringify(body)
      if (simulation.strict && random() < mischiefRate) {
        const kinds: Mischief[] = ['twice', 'old', 'forged']
        await post(url, id, text, kinds[Math.floor(random() * kinds.length)]).catch(() => {})
      }
      for (const waitMs of [0, ...retryWaitsMs]) {
        try {
          await simulation.sleep(waitMs)
          return await post(url, id, text)
        } catch {
          // The next try; after the last one the receiver has to ask.
        }
      }
    },
  }
}
