import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { isIPv4 } from 'node:net'

/**
 * A second address of the same server, for providers whose answers lead to the host of a region. Only on loopback:
 * elsewhere nobody could reach a port that was not agreed on, so there is just one host.
 */
export function createRegion(listener: RequestListener) {
  const server = createServer(listener)
  let port: number | null = null
  return {
    get port() {
      return port
    },
    async start(host: string): Promise<void> {
      const isLoopback = host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
      if (!isLoopback) return
      server.listen(0, host)
      await once(server, 'listening')
      const address = server.address()
      port = typeof address === 'object' && address ? address.port : null
    },
    async stop(): Promise<void> {
      if (port === null) return
      port = null
      server.close()
      server.closeAllConnections()
    },
  }
}
