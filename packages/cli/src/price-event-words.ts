import { componentSchema } from '@halftone/contracts'
import { z } from 'zod'
import { asks } from './price-words.ts'
import { amount } from './words.ts'

const side = z.object({ status: z.string(), components: z.array(componentSchema) })

/** How each kind of event is told. A kind that is not here, or came in another shape, is told by its plain fields. */
const tellers = new Map<string, (detail: unknown) => string | null>(
  Object.entries({
    'price.changed': teller(
      z.object({ rule_id: z.string(), source: z.string(), was: side, now: side }),
      ({ rule_id, source, was, now }) => `${rule_id}: ${asked(was)} → ${asked(now)} (${source})`,
    ),
    'price.disagreement': teller(
      z.object({ rule_id: z.string(), source: z.string(), usd: z.string(), source_usd: z.string() }),
      (it) => `${it.rule_id}: ${amount(it.usd)} here, ${amount(it.source_usd)} by ${it.source}`,
    ),
    'price.quarantined': teller(heldDetail(), whichAndWhy),
    'price.released': teller(heldDetail(), (it) => `${whichAndWhy(it)}; by ${it.by ?? 'the source'}`),
    'price.stale': teller(
      z.object({ source: z.string(), reason: z.string() }),
      (it) => `${it.source}: ${it.reason}`,
    ),
    'price.drift': teller(
      z.object({ rule_id: z.string(), calls: z.int(), usd: z.string(), quoted_usd: z.string() }),
      (it) => `${it.rule_id}: ${it.calls} calls cost ${amount(it.usd)}, by the rule ${amount(it.quoted_usd)}`,
    ),
    'model.discovered': teller(
      z.object({ model: z.string(), source: z.string() }),
      (it) => `${it.model} (${it.source})`,
    ),
  }),
)

export function eventWords({ kind, detail }: { kind: string; detail: Record<string, unknown> }): string {
  return tellers.get(kind)?.(detail) ?? plain(detail)
}

function teller<T>(schema: z.ZodType<T>, tell: (detail: T) => string) {
  return (detail: unknown) => {
    const parsed = schema.safeParse(detail)
    return parsed.success ? tell(parsed.data) : null
  }
}

function heldDetail() {
  return z.object({
    rule_id: z.string().nullable(),
    source: z.string(),
    reason: z.string(),
    by: z.string().optional(),
  })
}

function whichAndWhy(it: z.infer<ReturnType<typeof heldDetail>>): string {
  return `${it.rule_id ?? 'the whole refresh'}: ${it.reason} (${it.source})`
}

function asked({ status, components }: z.infer<typeof side>): string {
  return status === 'known' ? asks(components) : status
}

function plain(detail: Record<string, unknown>): string {
  const said = Object.entries(detail).filter(([, value]) => ['string', 'number'].includes(typeof value))
  return said.map(([name, value]) => `${name} ${value}`).join(', ')
}
