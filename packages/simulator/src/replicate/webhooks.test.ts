import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createSimulation } from '../simulation.ts'
import { createWebhooks } from './webhooks.ts'

const sent = 60

async function deliver(strict: boolean) {
  const now = Date.UTC(2026, 10, 22)
  const webhooks = createWebhooks(createSimulation({ strict, clock: () => now }))
  const key = Buffer.from(webhooks.secret.slice('whsec_'.length), 'base64')
  const received: { id: string; good: boolean }[] = []
  const receiver = createServer(async (request, response) => {
    const body = await text(request)
    received.push({
      id: String(request.headers['webhook-id']),
      good: isGood(request.headers, body, key, now),
    })
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  for (let i = 0; i < sent; i++) await webhooks.send(url, { i })
  receiver.close()
  return received
}

function isGood(headers: IncomingHttpHeaders, body: string, key: Buffer, now: number): boolean {
  const seconds = Number(headers['webhook-timestamp'])
  const mac = createHmac('sha256', key).update(`${headers['webhook-id']}.${seconds}.${body}`).digest('base64')
  return headers['webhook-signature'] === `v1,${mac}` && Math.abs(now / 1_000 - seconds) < 300
}

test('every event comes once, signed and fresh', async () => {
  const received = await deliver(false)
  expect(received).toHaveLength(sent)
  expect(received.every(({ good }) => good)).toBe(true)
})

test('strict mode repeats, ages and forges some, and still sends a good one of each', async () => {
  const received = await deliver(true)
  const good = received.filter((each) => each.good)
  expect(received.length).toBeGreaterThan(sent)
  expect(good.length).toBeLessThan(received.length)
  expect(new Set(good.map(({ id }) => id)).size).toBe(sent)
})
