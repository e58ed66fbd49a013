import { readCallbackRef, readCallbackUrl, verifyCallback } from '@halftone/providers/callbacks'
import type { FastifyRequest } from 'fastify'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'

/** A prediction's callback repeats its inputs, pictures among them. */
const bodyBytesMax = 16_000_000
/** A signature's timestamp may be five minutes off either way: later, a repeat is refused by it. */
const signedMs = 15 * 60_000
/** Unsigned ones wake nobody later than this after their call was made. */
const unsignedMs = 60 * 60_000

/**
 * Where a provider may announce the end of a call. Whatever comes is answered alike. A URL that we made, and the
 * provider's signature where we know its secret, make it a hint that is worth asking the provider for: it wakes
 * whoever has the call out, once, and leaves the provider's id to whoever takes the call over. Nothing else is believed.
 */
export function providerCallbackRoute(app: App, parts: ProducerParts): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const claimOf = (request: FastifyRequest) => readCallbackUrl(request.query, parts.urlSecret, parts.clock())
  app.post('/callbacks/provider', {
    schema: { hide: true },
    bodyLimit: bodyBytesMax,
    // before a byte of the body is kept
    onRequest: async (request, reply) => {
      if (!claimOf(request)) return reply.status(204).send()
    },
    handler: async (request, reply) => {
      const claim = claimOf(request)
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (claim) await hear(claim, { headers: request.headers, body }, parts)
      return reply.status(204).send()
    },
  })
}

type Claim = NonNullable<ReturnType<typeof readCallbackUrl>>
type Received = Parameters<typeof verifyCallback>[1]

async function hear(
  { provider, attemptId, madeAt }: Claim,
  received: Received,
  parts: ProducerParts,
): Promise<void> {
  const { callbacks, ledger, signals, clock, log } = parts
  const secret = callbacks.secrets[provider]
  const signed = secret === undefined ? null : verifyCallback(provider, received, secret, clock())
  if (secret !== undefined && signed === null) return
  const providerRef = readCallbackRef(received.body)
  if (providerRef !== null) await ledger.reconciliation.hint(attemptId, providerRef)
  if (signed === null && clock() - madeAt > unsignedMs) return
  const [name, ms] = signed === null ? [attemptId, unsignedMs] : [`${provider}:${signed}`, signedMs]
  const isFirst = await callbacks.once.first(`callback:${name}`, ms).catch((error: unknown) => {
    log.warn({ err: error }, 'could not tell whether a callback is a repeat; its worker asks at its own pace')
    return false
  })
  if (isFirst) await signals.publish('callback', [{ attempt_id: attemptId, provider_ref: providerRef }])
}
