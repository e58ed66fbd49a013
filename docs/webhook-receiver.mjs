import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const webhook = new Webhook(JSON.parse(readFileSync('.halftone/run.json', 'utf8')).webhookSecret)

createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  const event = webhook.verify(body, request.headers) // throws if it was not signed with our secret
  console.log('verified', event.type, event.data.job_id, event.data.cost_usd)
  response.writeHead(204).end()
}).listen(9000, '127.0.0.1', () => console.log('waiting for webhooks at http://127.0.0.1:9000/'))
