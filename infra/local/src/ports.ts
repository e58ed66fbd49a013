import { createServer } from 'node:net'

/** A port that is free now on loopback. */
export async function freePort(): Promise<number> {
  return (await tryPort(0)) as number
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
