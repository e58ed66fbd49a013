import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { verifyWebhook } from './verify-webhook.ts'

const secret = `whsec_${btoa('a secret of thirty-two characters')}`
const other = `whsec_${btoa('another secret of the same length')}`
const body = JSON.stringify({ type: 'image.job.succeeded', data: { job_id: 'job_1', prompt: 'é' } })

function signed(by = secret, at = new Date()) {
  return {
    'webhook-id': 'whk_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(by).sign('whk_1', at, body),
  }
}

test('what the Standard Webhooks library signs is verified, as text, bytes, Headers or plain headers', async () => {
  expect(await verifyWebhook(body, signed(), secret)).toEqual(JSON.parse(body))
  const bytes = new TextEncoder().encode(body)
  expect(await verifyWebhook(bytes, new Headers(signed()), secret)).toEqual(JSON.parse(body))
})

test('while a secret is rotated, either of two signatures and either of two secrets will do', async () => {
  const both = {
    ...signed(),
    'webhook-signature': `v1a,x ${signed(other)['webhook-signature']} ${signed()['webhook-signature']}`,
  }
  expect(await verifyWebhook(body, both, secret)).toEqual(JSON.parse(body))
  expect(await verifyWebhook(body, signed(other), [secret, other])).toEqual(JSON.parse(body))
})

test.each([
  ['another secret', body, signed(other)],
  ['another body', `${body} `, signed()],
  ['another id', body, { ...signed(), 'webhook-id': 'whk_2' }],
  ['six minutes ago', body, signed(secret, new Date(Date.now() - 360_000))],
  ['from the future', body, signed(secret, new Date(Date.now() + 360_000))],
  ['no signature', body, { ...signed(), 'webhook-signature': undefined }],
  ['a time that is none', body, { ...signed(), 'webhook-timestamp': 'NaN' }],
  ['a signature that is no base64', body, { ...signed(), 'webhook-signature': 'v1,***' }],
])('%s: not verified', async (_, text, headers) => {
  await expect(verifyWebhook(text, headers, secret)).rejects.toMatchObject({ code: 'not_verified' })
})
