import type { FastifyReply } from 'fastify'

/** Aborts when the caller is gone, so that nobody is waited for in vain. */
export function untilClosed(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}
