import type { Component } from '@halftone/contracts'
import type { App } from './app.ts'
import type { ProducerParts } from './parts.ts'
import { buildServer } from './server.ts'

/** The listening HTTP server. Stopping takes no new connection and lets answers under way finish. */
export function createDoor(
  parts: ProducerParts,
  { host, port }: { host: string; port: number },
): Component & { port(): number } {
  let app: App | undefined
  return {
    name: 'door',
    port: () => {
      const address = app?.server.address()
      return typeof address === 'object' && address ? address.port : port
    },
    async start() {
      app = await buildServer(parts)
      await app.listen({ host, port })
      parts.log.info({ port: this.port() }, 'listening')
    },
    async stop() {
      // requests that wait for a job answer now, with the job as it is
      await parts.waits.stop(0)
      await app?.close()
    },
  }
}
