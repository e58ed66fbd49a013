import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below every usual ephemeral range (Linux 32768, macOS 49152): a port that the kernel hands out itself can be gone to
// somebody's outgoing connection in the seconds before its server listens.
const lowest = 12_000
const highest = 32_000

/** A port that is free now on loopback, and that no outgoing connection takes meanwhile. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = await tryPort(randomInt(lowest, highest))
    if (port) return port
  }
  throw new Error(`found no free port between ${lowest} and ${highest} on loopback`)
}

/** The port if it can be listened on, else null. */
function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      const got = typeof address === 'object' && address ? address.port : null
      server.close(() => resolve(got))
    })
  })
}

/** The wanted port, or the next free one above it. */
export async function portFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port++) if (await tryPort(port)) return port
  throw new Error(`ports ${wanted} to ${wanted + 99} are all in use: set HALFTONE_PORT to another`)
}
