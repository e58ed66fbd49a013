import { createHmac, timingSafeEqual } from 'node:crypto'
import { idSchema } from '@halftone/contracts'
import { z } from 'zod'
import { verifyStandardWebhook } from './standard-webhook.ts'

/** What a callback URL says of itself. */
export interface CallbackClaim {
  provider: string
  attemptId: string
  /** Epoch ms of the attempt. */
  madeAt: number
}

/** Longer than any call is waited for; later callbacks are stale. */
const callbackMsMax = 24 * 3_600_000
const clockSkewMs = 300_000

/**
 * Where a provider may announce the end of this attempt's call. The MAC shows that we handed the URL out, and to whom;
 * the attempt's id in it is what a lost call is found by.
 */
export function signCallbackUrl(base: string, secret: string, provider: string, attemptId: string): string {
  const url = new URL(base)
  url.searchParams.set('attempt', attemptId)
  url.searchParams.set('provider', provider)
  url.searchParams.set('mac', macOf(secret, provider, attemptId).toString('base64url'))
  return url.href
}

const claimSchema = z.object({
  provider: z.string().max(100),
  attempt: idSchema('attempt'),
  mac: z.string().max(100),
})

/** The claim of a URL that we made for a call not long ago; null for any other. `now`: epoch ms. Never throws. */
export function readCallbackUrl(query: unknown, secret: string, now: number): CallbackClaim | null {
  const parsed = claimSchema.safeParse(query)
  if (!parsed.success) return null
  const { provider, attempt: attemptId, mac } = parsed.data
  const given = Buffer.from(mac, 'base64url')
  const own = macOf(secret, provider, attemptId)
  if (given.length !== own.length || !timingSafeEqual(given, own)) return null
  const madeAt = timeOf(attemptId)
  const ageMs = now - madeAt
  return ageMs > callbackMsMax || ageMs < -clockSkewMs ? null : { provider, attemptId, madeAt }
}

function macOf(secret: string, provider: string, attemptId: string): Buffer {
  return createHmac('sha256', secret).update(`provider-callback\n${provider}\n${attemptId}`).digest()
}

/** Ids are UUIDv7: their first 48 bits are epoch ms. */
function timeOf(attemptId: string): number {
  return Number.parseInt(attemptId.slice('att_'.length, 'att_'.length + 12), 16)
}

export interface ReceivedCallback {
  headers: Record<string, string | string[] | undefined>
  /** As it came, since signatures are over bytes. */
  body: Uint8Array
}

/** Answers the event's own id; null = not from the provider, or too old. */
type VerifySignature = (callback: ReceivedCallback, secret: string, now: number) => string | null

const signatures: Record<string, VerifySignature> = { replicate: verifyStandardWebhook }

/** The providers whose callbacks are signed in a way that we can check. */
export const signingProviders: readonly string[] = Object.keys(signatures)

/** The event's id if the provider's own signature holds; null if not. Throws for a provider that does not sign. */
export function verifyCallback(
  provider: string,
  callback: ReceivedCallback,
  secret: string,
  now: number,
): string | null {
  const verify = signatures[provider]
  if (!verify) throw new Error(`${provider} does not sign its callbacks`)
  return verify(callback, secret, now)
}

const ref = z.string().regex(/^[\w.:-]{1,200}$/)
const bodySchema = z.union([
  z.object({ request_id: ref }).transform(({ request_id }) => request_id),
  z.object({ id: ref }).transform(({ id }) => id),
])

/** The provider's own id of the call, as its callback's body names it: `id`, or `request_id` (fal). */
export function readCallbackRef(body: Uint8Array): string | null {
  try {
    const parsed = bodySchema.safeParse(JSON.parse(Buffer.from(body).toString()))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
