import { createServer, type IncomingMessage } from 'node:http'

interface Received {
  method: string
  url: string
  authorization: string | undefined
  body: string
}

/** A server that answers as it is told, by "METHOD /path", and remembers what it was asked. */
export async function startFakeServer(answers: Record<string, { status?: number; body: unknown }>) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request
    received.push({ method, url, authorization: request.headers.authorization, body: await textOf(request) })
    const answer = answers[`${method} ${url.split('?')[0]}`] ?? noRoute
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    received,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

export function problem(status: number, detail: string, next: string | null, field: string | null = null) {
  return { status, body: { type: 'urn:x', title: 'x', status, detail, code: 'x', field, limit: null, next } }
}

const noRoute = problem(404, 'there is no such route', null)

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('latin1')) text += chunk
  return text
}
