import { styleText } from 'node:util'
import { z } from 'zod'
import { type Api, readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { type Received, receiveEvents } from '../listen/receive-events.ts'
import { readRunFile } from '../run-file.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'
import { amount } from '../words.ts'

export const listen = defineVerb({
  name: 'listen',
  summary: 'receive webhooks here, verify, print and forward them',
  usage: `halftone listen [--port N] [--forward URL] [--secret whsec_…] [--register] [--count N]

A receiver on this machine, until Ctrl-C. Each event is one line; with --json one JSON object a line. What is not signed with
the secret is told, and answered with 401. It registers nothing unless asked: name its URL as the webhook of a job or a bulk.

  --port N          at 127.0.0.1 (else 9000)
  --forward URL     pass each on with its own headers, and answer what that answers
  --secret SECRET   what they are signed with (else HALFTONE_WEBHOOK_SECRET, else that of the stack here)
  --register        make an endpoint for it, and delete it at the end; a server elsewhere cannot reach this machine
  --count N         end after so many

  halftone listen --forward http://localhost:3000/hook
  halftone submit posts.jsonl --webhook http://127.0.0.1:9000/`,
  options: {
    port: { type: 'string' },
    forward: { type: 'string' },
    secret: { type: 'string' },
    register: { type: 'boolean' },
    count: { type: 'string' },
  },
  async run({ values, positionals: given }, context) {
    positionals(given, [], 'listen')
    const port = whole(values.port ?? '9000', '--port', 65_535)
    const count = values.count === undefined ? Number.POSITIVE_INFINITY : whole(values.count, '--count', 1e9)
    const forward = values.forward ?? null
    if (forward !== null && !/^https?:\/\/./.test(forward))
      throw usageFailure(`--forward "${forward}" is no URL`, 'give one like http://localhost:3000/hook')
    const api = values.register ? await context.api() : null
    const secret = Promise.withResolvers<string>()
    if (!api) secret.resolve(await knownSecret(values.secret, context))

    const enough = Promise.withResolvers<void>()
    context.interrupted.addEventListener('abort', () => enough.resolve(), { once: true })
    let seen = 0
    const receiver = await receiveEvents({
      port,
      forward,
      secret: () => secret.promise,
      onEvent(received) {
        if (seen++ >= count) return
        context.out(values.json ? JSON.stringify(received) : lineOf(received, forward !== null))
        if (seen === count) enough.resolve()
      },
    })
    try {
      const endpoint = api ? await register(api, receiver.url) : null
      if (endpoint) secret.resolve(endpoint.secret)
      context.err(`  waiting for webhooks at ${receiver.url}${endpoint ? ` as ${endpoint.id}` : ''}`)
      try {
        if (!context.interrupted.aborted) await enough.promise
      } finally {
        if (endpoint) await forget(context, endpoint.id)
      }
    } finally {
      await receiver.close()
    }
  },
})

async function knownSecret(flag: string | undefined, { env, dir }: VerbContext): Promise<string> {
  const secret = flag ?? env.HALFTONE_WEBHOOK_SECRET ?? (await readRunFile(dir))?.webhookSecret
  if (secret === undefined)
    throw usageFailure('no secret is known to verify with', 'give --secret, or --register an endpoint')
  if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(secret))
    throw usageFailure('that is no webhook secret', 'give one that starts with whsec_')
  return secret
}

async function register(api: Api, url: string): Promise<{ id: string; secret: string }> {
  const answer = await api.send('POST', '/v1/webhook-endpoints', {
    body: { url, mode: 'both', description: 'halftone listen' },
  })
  return readAnswer(z.object({ id: z.string(), secret: z.string() }), answer)
}

/** Even after Ctrl-C: what gave up the other calls must not stop this one. */
async function forget(context: VerbContext, id: string): Promise<void> {
  const api = await context.api({ evenInterrupted: true })
  await api.send('DELETE', `/v1/webhook-endpoints/${encodeURIComponent(id)}`)
}

function lineOf({ id, fault, type, data, answered, ms }: Received, forwarded: boolean): string {
  if (fault !== null) return styleText('red', `✗ ${id ?? 'a message'} is not to be believed: ${fault}`)
  const of = data.job_id ?? data.bulk_id
  const cost = typeof data.cost_usd === 'string' ? amount(data.cost_usd) : ''
  const parts = [
    type.padEnd(22),
    typeof of === 'string' ? of : '',
    cost,
    forwarded ? `→ ${answered} in ${ms} ms` : '',
  ]
  return `✓ ${parts.filter((part) => part !== '').join('  ')}`
}

function whole(text: string, flag: string, most: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text)
  throw usageFailure(`${flag} "${text}" is none`, `give a whole number, at most ${most}`)
}
