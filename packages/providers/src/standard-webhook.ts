import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ReceivedCallback } from './callbacks.ts'

const toleranceMs = 300_000

/** Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`, several signatures allowed. Answers the event's id. */
export function verifyStandardWebhook(
  { headers, body }: ReceivedCallback,
  secret: string,
  now: number,
): string | null {
  const id = one(headers['webhook-id'])
  const timestamp = one(headers['webhook-timestamp'])
  const signatures = one(headers['webhook-signature'])
  if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp) || id.length > 200) return null
  if (Math.abs(now - Number(timestamp) * 1_000) > toleranceMs) return null
  const own = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest()
  return signatures.split(' ').some((signature) => matches(signature, own)) ? id : null
}

function matches(signature: string, own: Buffer): boolean {
  const [version, value = ''] = signature.split(',')
  const given = Buffer.from(value, 'base64')
  return version === 'v1' && given.length === own.length && timingSafeEqual(given, own)
}

function keyOf(secret: string): Buffer {
  const prefix = 'whsec_'
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret)
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? undefined : header
}
