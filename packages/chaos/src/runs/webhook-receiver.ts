import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

interface Delivery {
  /** As in the header; the body's must be the same. */
  id: string
  type: string
  jobId: string | null
  bulkId: string | null
  /** Its signature is good, and header and body name the same id. */
  good: boolean
}

export interface WebhookReceiver {
  url: string
  deliveries: Delivery[]
  /** Turned away while it was down. */
  refused: number
  close(): Promise<void>
}

const bodySchema = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({ job_id: z.string().nullish(), bulk_id: z.string().nullish() }),
})
const cycleMs = 10_000
const downPart = 0.3

/** A customer's receiver that is away 30 % of the time, each time in another way. `troubled`: whether it still is. */
export async function receiveWebhooks(options: {
  /** Of all projects. */
  secrets: readonly string[]
  troubled(): boolean
  /** Header and body of whatever comes, up or not. */
  onText(text: string): void
}): Promise<WebhookReceiver> {
  const begun = Date.now()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      // its sender was killed
      return
    }
    const text = Buffer.concat(chunks).toString()
    options.onText(`${JSON.stringify(request.headers)}\n${text}`)
    const since = Date.now() - begun
    if (options.troubled() && since % cycleMs < cycleMs * downPart) {
      receiver.refused++
      const way = Math.floor(since / cycleMs) % 3
      if (way === 0) return void response.writeHead(503).end()
      if (way === 1) return void request.socket.destroy()
      return void response.writeHead(500).end('no')
    }
    const delivery = read(text, request.headers, options.secrets)
    receiver.deliveries.push(delivery)
    response.writeHead(delivery.good ? 204 : 400).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hook`,
    deliveries: [],
    refused: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

function read(
  text: string,
  headers: Record<string, string | string[] | undefined>,
  secrets: readonly string[],
): Delivery {
  const id = String(headers['webhook-id'])
  const signed = {
    'webhook-id': id,
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  }
  const verified = secrets.some((secret) => {
    try {
      return new Webhook(secret).verify(text, signed) !== undefined
    } catch {
      return false
    }
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {}
  const body = bodySchema.safeParse(json)
  if (!body.success) return { id, type: 'unreadable', jobId: null, bulkId: null, good: false }
  const { type, data } = body.data
  return {
    id,
    type,
    jobId: data.job_id ?? null,
    bulkId: data.bulk_id ?? null,
    good: verified && body.data.id === id,
  }
}
