import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { defineVerb, positionals, type VerbContext } from '../verb.ts'
import { age, counted } from '../words.ts'

const root = '/v1/webhook-endpoints'

const endpointSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  mode: z.string(),
  status: z.string(),
  disabled_because: z.string().nullable(),
  failing_since: z.string().nullable(),
  created_at: z.string(),
  secret: z.string().optional(),
})
const deliverySchema = z.object({
  id: z.string(),
  type: z.string(),
  job_id: z.string().nullable(),
  bulk_id: z.string().nullable(),
  status: z.string(),
  created_at: z.string(),
  attempts: z.array(
    z.object({ status: z.int().nullable(), latency_ms: z.number(), error: z.string().nullable() }),
  ),
})
const pageSchema = z.object({ data: z.array(deliverySchema), next_cursor: z.string().nullable() })

const options = {
  events: { type: 'string' },
  mode: { type: 'string' },
  description: { type: 'string' },
  url: { type: 'string' },
  status: { type: 'string' },
  type: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  message: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'missing-since': { type: 'string' },
} as const
type Flags = { [K in keyof typeof options]?: string }

export const webhooks = defineVerb({
  name: 'webhooks',
  summary: 'who is told what happened, and how it fared',
  usage: `halftone webhooks
halftone webhooks create URL [--events NAMES] [--mode per_job|per_bulk|both] [--description TEXT]
halftone webhooks change ID [--url URL] [--events NAMES] [--mode NAME] [--description TEXT]
halftone webhooks pause|enable|delete|rotate|test ID
halftone webhooks deliveries ID [--status waiting|held|delivered|exhausted] [--type NAME] [--limit N] [--cursor C]
halftone webhooks replay ID --message ID | --from TIME [--to TIME] [--status NAMES] | --missing-since TIME

An endpoint is pending until it has answered its challenge. Its secret is shown when it is made, and when it is rotated; the
one before signs beside the new one for a day.

  --events NAMES    with commas between, like image.job.failed,image.bulk.completed (else all)

  halftone webhooks create https://example.com/hook --events image.bulk.completed
  halftone webhooks replay whe_0190… --missing-since 2027-03-01T00:00:00Z`,
  options,
  async run({ values, positionals: given }, context) {
    const [verb = 'list', ...rest] = given
    const act = verbs[verb]
    if (!Object.hasOwn(verbs, verb) || !act)
      throw usageFailure(
        `"${verb}" is nothing that can be done with webhooks`,
        `use ${Object.keys(verbs).join(', ')}`,
      )
    await act(rest, values, context)
  },
})

type Act = (given: string[], flags: Flags, context: VerbContext) => Promise<void>

const verbs: Record<string, Act> = {
  async list(given, _flags, { api, show, now }) {
    positionals(given, [], 'webhooks')
    const answer = await (await api()).get(root)
    show(answer, () => {
      const { data } = readAnswer(z.object({ data: z.array(endpointSchema) }), answer)
      if (data.length === 0) return 'no endpoints: "halftone webhooks create URL" makes one'
      const rows = data.map((one) => [
        one.id,
        one.disabled_because === null ? one.status : `${one.status}: ${one.disabled_because}`,
        one.mode,
        one.events.join(', ') || 'all',
        one.failing_since === null ? '' : age(one.failing_since, now()),
        one.url,
      ])
      const headings = ['endpoint', 'status', 'mode', 'events', 'failing', 'url']
      return table(headings, rows, { text: headings })
    })
  },
  async create(given, flags, { api, show }) {
    const [url = ''] = positionals(given, ['URL'], 'webhooks')
    const answer = await (await api()).send('POST', root, { body: { url, ...fieldsOf(flags) } })
    show(answer, () => endpointWords(answer))
  },
  async change(given, flags, { api, show }) {
    const [id = ''] = positionals(given, ['ID'], 'webhooks')
    const body = { ...(flags.url !== undefined && { url: flags.url }), ...fieldsOf(flags) }
    const answer = await (await api()).send('PATCH', at(id), { body })
    show(answer, () => endpointWords(answer))
  },
  pause: post('pause', endpointWords),
  enable: post('enable', endpointWords),
  rotate: post('rotate', endpointWords),
  test: post('test', (answer, id) => {
    const { message_id } = readAnswer(z.object({ message_id: z.string() }), answer)
    return `${message_id} is on its way: "halftone webhooks deliveries ${id}" shows how it fared`
  }),
  async delete(given, _flags, { api, show }) {
    const [id = ''] = positionals(given, ['ID'], 'webhooks')
    await (await api()).send('DELETE', at(id))
    show({ id, deleted: true }, () => `${id} is gone, and what waited for it`)
  },
  async deliveries(given, { status, type, limit = '20', cursor }, { api, show, now }) {
    const [id = ''] = positionals(given, ['ID'], 'webhooks')
    const answer = await (await api()).get(at(id, 'deliveries'), { status, type, limit, cursor })
    show(answer, () => deliveryWords(answer, now()))
  },
  async replay(given, flags, { api, show }) {
    const [id = ''] = positionals(given, ['ID'], 'webhooks')
    const { message, from, to, status, 'missing-since': missing } = flags
    const body = {
      ...(message !== undefined && { message_id: message }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(status !== undefined && { status: names(status) }),
      ...(missing !== undefined && { missing_since: missing }),
    }
    const answer = await (await api()).send('POST', at(id, 'replay'), { body })
    show(answer, () => {
      const { replayed } = readAnswer(z.object({ replayed: z.int() }), answer)
      return `${counted(replayed, 'message')} sent once more, under the same ids`
    })
  },
}

function post(verb: string, words: (answer: unknown, id: string) => string): Act {
  return async (given, _flags, { api, show }) => {
    const [id = ''] = positionals(given, ['ID'], 'webhooks')
    const answer = await (await api()).send('POST', at(id, verb))
    show(answer, () => words(answer, id))
  }
}

function at(id: string, verb?: string): string {
  return `${root}/${encodeURIComponent(id)}${verb === undefined ? '' : `/${verb}`}`
}

function fieldsOf({ events, mode, description }: Flags): Record<string, unknown> {
  return {
    ...(events !== undefined && { events: names(events) }),
    ...(mode !== undefined && { mode }),
    ...(description !== undefined && { description }),
  }
}

function names(text: string): string[] {
  return text.split(',').flatMap((part) => part.trim() || [])
}

function endpointWords(answer: unknown): string {
  const { id, status, url, secret } = readAnswer(endpointSchema, answer)
  const lines = [`  ${id} is ${status}: ${url}`]
  if (secret !== undefined) lines.push(`  secret ${secret}`, '  keep it: it is not shown again')
  if (status === 'pending') lines.push('  it is told once it has answered its challenge with 2xx')
  return lines.join('\n')
}

function deliveryWords(answer: unknown, now: number): string {
  const { data, next_cursor } = readAnswer(pageSchema, answer)
  if (data.length === 0) return 'nothing was sent'
  const rows = data.map((one) => {
    const last = one.attempts.at(-1)
    return [
      one.id,
      one.type,
      one.job_id ?? one.bulk_id ?? '',
      one.status,
      String(one.attempts.length),
      last ? (last.error ?? `${last.status} in ${last.latency_ms} ms`) : '',
      age(one.created_at, now),
    ]
  })
  const headings = ['message', 'event', 'of', 'status', 'tries', 'last', 'age']
  const text = ['message', 'event', 'of', 'status', 'last']
  const more = next_cursor === null ? '' : `\n\nmore: --cursor ${next_cursor}`
  return `${table(headings, rows, { text })}${more}`
}
