import { readiness } from '@halftone/service-kit'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'

/** Live: the event loop turns. Ready: every store answers. */
export function healthRoutes(app: App, { checks, registry }: ProducerParts): void {
  app.get('/health/live', { schema: { hide: true } }, async () => ({ live: true }))
  app.get('/health/ready', { schema: { hide: true } }, async (_request, reply) => {
    const state = await readiness(checks)
    if (!state.ready) reply.status(503).header('retry-after', '2')
    return state
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
}
