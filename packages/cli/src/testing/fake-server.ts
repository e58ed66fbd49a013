import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  idempotencyKey: string | undefined
  authorization: string | undefined
  body: string
}

interface Answer {
  status?: number
  /** As JSON; text as it is. */
  body: unknown
}
export type Answers = Record<string, Answer | ((request: Received) => Answer)>

/** A server that answers as it is told, by "METHOD /path", and remembers what it was asked. */
export async function startFakeServer(answers: Answers) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request
    const { headers } = request
    const { authorization, 'idempotency-key': key } = headers
    const idempotencyKey = key === undefined ? undefined : String(key)
    const asked = { method, url, headers, authorization, idempotencyKey, body: await textOf(request) }
    received.push(asked)
    const told = answers[`${method} ${url.split('?')[0]}`] ?? noRoute
    const answer = typeof told === 'function' ? told(asked) : told
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
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
