import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface WebhookReceiver {
  url: string
  /** Ids of messages whose signature was good; a repeated delivery counts once. */
  verified: Set<string>
  /** Deliveries that did not verify: there must be none. */
  forged: number
  /** Jobs whose end was told, by job id. */
  ended: Set<string>
  bulkCompleted: boolean
  close(): Promise<void>
}

/** What a customer would write: a small server that trusts a message only if its Standard Webhooks signature is good. */
export async function receiveWebhooks(secret: string): Promise<WebhookReceiver> {
  const webhook = new Webhook(secret)
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    try {
      const body = webhook.verify(Buffer.concat(chunks).toString(), {
        'webhook-id': String(request.headers['webhook-id']),
        'webhook-timestamp': String(request.headers['webhook-timestamp']),
        'webhook-signature': String(request.headers['webhook-signature']),
      }) as { id: string; type: string; data: { job_id?: string } }
      receiver.verified.add(body.id)
      if (body.data.job_id) receiver.ended.add(body.data.job_id)
      if (body.type === 'image.bulk.completed') receiver.bulkCompleted = true
      response.writeHead(204).end()
    } catch {
      receiver.forged++
      response.writeHead(400).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/halftone`,
    verified: new Set(),
    forged: 0,
    ended: new Set(),
    bulkCompleted: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}
