import { table } from '@halftone/terminal'
import { z } from 'zod'
import { readAnswer } from '../api.ts'
import { usageFailure } from '../failure.ts'
import { eventWords } from '../price-event-words.ts'
import { positionals, type VerbContext } from '../verb.ts'
import { age, localTime } from '../words.ts'

type Watch = (given: string[], context: VerbContext, kind?: string) => Promise<void>

/** What the operator sees of prices and decides about them, by the word after "prices". */
export const priceWatch = new Map<string | undefined, Watch>(
  Object.entries({ held, release, refuse, events, sources }),
)

const heldSchema = z.object({
  data: z.array(
    z.object({
      id: z.int(),
      rule_id: z.string().nullable(),
      source: z.string(),
      reason: z.string(),
      polls: z.int(),
      first_seen: z.string(),
    }),
  ),
})

async function held(given: string[], { api, show, now }: VerbContext): Promise<void> {
  positionals(given, [], 'prices')
  const query = { state: 'held', limit: '1000' }
  const answer = await (await api()).operate('GET', '/admin/v1/price-quarantine', query)
  show(answer, () => {
    const { data } = readAnswer(heldSchema, answer)
    if (data.length === 0) return 'nothing is held: every price that was told was believed'
    const rows = data.map((row) => [
      String(row.id),
      row.rule_id ?? 'the whole refresh',
      row.source,
      row.reason,
      String(row.polls),
      age(row.first_seen, now()),
    ])
    const headings = ['id', 'rule', 'source', 'why', 'said', 'since']
    const listed = table(headings, rows, { text: ['rule', 'source', 'why'] })
    return `${listed}\n\n"halftone prices release ID" believes one, "halftone prices refuse ID" does not`
  })
}

async function release(given: string[], { api, show }: VerbContext): Promise<void> {
  const id = heldId(given)
  const answer = await (await api()).operate('POST', `/admin/v1/price-quarantine/${id}/release`)
  show(answer, () => {
    const { changed } = readAnswer(z.object({ changed: z.array(z.string()) }), answer)
    if (changed.length === 0) return `${id} is released; the next poll of its source lets it in`
    return `${id} is released: ${changed.join(', ')} asks that from now on`
  })
}

async function refuse(given: string[], { api, show }: VerbContext): Promise<void> {
  const id = heldId(given)
  const answer = await (await api()).operate('POST', `/admin/v1/price-quarantine/${id}/refuse`)
  show(answer, () => `${id} is refused; the last good price stays`)
}

function heldId(given: string[]): string {
  const [id = ''] = positionals(given, ['ID'], 'prices')
  if (!/^[1-9]\d*$/.test(id)) throw usageFailure(`"${id}" is not an id`, '"halftone prices held" lists them')
  return id
}

const eventsSchema = z.object({
  data: z.array(z.object({ kind: z.string(), at: z.string(), detail: z.record(z.string(), z.unknown()) })),
  next_cursor: z.string().nullable(),
})

async function events(given: string[], { api, show }: VerbContext, kind?: string): Promise<void> {
  positionals(given, [], 'prices')
  const answer = await (await api()).operate('GET', '/admin/v1/price-events', { kind })
  show(answer, () => {
    const { data, next_cursor } = readAnswer(eventsSchema, answer)
    if (data.length === 0) return 'nothing of that has happened to prices'
    const rows = data.map((event) => [localTime(event.at), event.kind, eventWords(event)])
    const headings = ['at', 'what', 'which']
    const listed = table(headings, rows, { text: headings })
    return next_cursor === null ? listed : `${listed}\n\nthe newest ${data.length}; there are older ones`
  })
}

const sourcesSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      role: z.string(),
      providers: z.array(z.string()),
      answered_at: z.string().nullable(),
      changed_at: z.string().nullable(),
      misses: z.int(),
      last_error: z.string().nullable(),
    }),
  ),
})

async function sources(given: string[], { api, show, now }: VerbContext): Promise<void> {
  positionals(given, [], 'prices')
  const answer = await (await api()).operate('GET', '/admin/v1/price-sources')
  show(answer, () => {
    const { data } = readAnswer(sourcesSchema, answer)
    if (data.length === 0) return "no price feed is followed: the prices are the catalogue's and your own"
    const rows = data.map((row) => [
      row.id,
      row.role,
      row.providers.join(', '),
      age(row.answered_at, now()),
      age(row.changed_at, now()),
      String(row.misses),
      row.last_error ?? '',
    ])
    const headings = ['source', 'role', 'sets', 'answered', 'changed', 'misses', 'last fault']
    return table(headings, rows, { text: ['source', 'role', 'sets', 'last fault'] })
  })
}
