import type { Component } from '@halftone/contracts'
import type { App } from './app.ts'
import type { ProducerParts } from './parts.ts'
import { buildServer } from './server.ts'

const idleSweepMs = 50

/** The listening HTTP server. Stopping takes no new connection and lets answers under way finish, until the deadline. */
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
    async stop(deadline) {
      // requests that wait for a job answer now, with the job as it is
      await parts.waits.stop(0)
      parts.streams.close()
      const cut = setTimeout(() => app?.server.closeAllConnections(), Math.max(0, deadline - Date.now()))
      // those that were answered just now would stay open for their next request
      const sweep = setInterval(() => app?.server.closeIdleConnections(), idleSweepMs)
      await app?.close()
      clearTimeout(cut)
      clearInterval(sweep)
    },
  }
}
