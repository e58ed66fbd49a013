import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  method: string
  /** With its query. */
  path: string
  headers: IncomingMessage['headers']
  body: Buffer
}

/** `reset` and `hang` come after the whole request was read. `cut` sends half of the body and breaks off. */
export type FakeAnswer =
  | { status: number; headers?: Record<string, string>; body?: unknown; cut?: boolean }
  | 'reset'
  | 'hang'

export type Responder = (request: SeenRequest) => FakeAnswer

export interface FakeServer {
  origin: string
  seen: SeenRequest[]
  /** Resolves when the next request has been read. */
  arrival(): Promise<unknown>
  answerWith(responder: Responder): void
  close(): Promise<void>
}

/** A provider's host on loopback that answers whatever a test says. */
export async function startFakeServer(): Promise<FakeServer> {
  const seen: SeenRequest[] = []
  let respond: Responder = () => 'hang'
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = '', url: path = '', headers } = incoming
    const request = { method, path, headers, body: Buffer.concat(chunks) }
    seen.push(request)
    write(response, respond(request))
    server.emit('arrival')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    arrival: () => once(server, 'arrival'),
    answerWith: (responder) => {
      respond = responder
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function write(response: ServerResponse, answer: FakeAnswer): void {
  if (answer === 'hang') return
  if (answer === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const body = bytesOf(answer.body)
  const type =
    body.length > 0 && !(answer.body instanceof Uint8Array) ? { 'content-type': 'application/json' } : {}
  response.writeHead(answer.status, { ...type, 'content-length': body.length, ...answer.headers })
  if (answer.cut) response.write(body.subarray(0, body.length / 2), () => response.socket?.resetAndDestroy())
  else response.end(body)
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The form of a multipart request, as a server would read it. */
export function readForm(request: SeenRequest): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  return new Response(new Uint8Array(request.body), { headers }).formData()
}
