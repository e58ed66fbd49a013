import { HalftoneError } from './halftone-error.ts'
import type { WebhookBody } from './wire.ts'

export interface VerifyOptions {
  /** How far the sender's clock and ours may be apart. Default 300 s. */
  toleranceSeconds?: number
  now?: () => number
}

export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>

/**
 * What a webhook says, if it was signed with the secret (`whsec_…`; several while one is being rotated) lately. Give the body
 * as it came in, before any JSON is read. Follows Standard Webhooks. Throws `not_verified`.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  { toleranceSeconds = 300, now = Date.now }: VerifyOptions = {},
): Promise<WebhookBody> {
  const id = headerOf(headers, 'webhook-id')
  const timestamp = headerOf(headers, 'webhook-timestamp')
  const signatures = headerOf(headers, 'webhook-signature')
  if (!/^\d{1,12}$/.test(timestamp)) throw notVerified('webhook-timestamp is not a time')
  if (Math.abs(now() / 1_000 - Number(timestamp)) > toleranceSeconds)
    throw notVerified('the message is too old, or from the future', toleranceSeconds)
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`)
  for (const one of typeof secret === 'string' ? [secret] : secret)
    if (await isSignedBy(one, signed, signatures)) return JSON.parse(text)
  throw notVerified('no signature is of this secret')
}

async function isSignedBy(
  secret: string,
  signed: Uint8Array<ArrayBuffer>,
  signatures: string,
): Promise<boolean> {
  if (!crypto.subtle) throw notVerified('this page has no WebCrypto: serve it over https')
  const raw = fromBase64(secret.replace(/^whsec_/, ''))
  if (!raw?.length) throw notVerified('the secret is not one of a webhook: it starts with whsec_')
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  for (const one of signatures.split(' ')) {
    const signature = one.startsWith('v1,') ? fromBase64(one.slice(3)) : null
    if (signature && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true
  }
  return false
}

function headerOf(headers: WebhookHeaders, name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  if (typeof value !== 'string' || value === '') throw notVerified(`the header ${name} is missing`)
  return value
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

function notVerified(message: string, limit?: number): HalftoneError {
  return new HalftoneError(message, {
    code: 'not_verified',
    limit,
    next: 'answer 401 and do not act on it; check that the secret is the one of this endpoint',
  })
}
