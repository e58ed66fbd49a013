import { createServer } from 'node:http'

/** A receiver that only counts: one message a job. */
export async function countWebhooks(): Promise<{
  url: string
  until(count: number): Promise<void>
  close(): Promise<void>
}> {
  let received = 0
  let awaited: { count: number; resolve(): void } | null = null
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(204).end()
      received++
      if (awaited && received >= awaited.count) awaited.resolve()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    until(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      awaited = { count, resolve }
      if (received >= count) resolve()
      return promise
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
