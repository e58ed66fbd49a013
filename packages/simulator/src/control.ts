import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type FaultKind, faultKinds } from './faults.ts'
import { amountDecimals } from './prices/charge.ts'
import { providers } from './prices/table.ts'
import type { Simulation } from './simulation.ts'
import { WireError } from './wire-error.ts'

const faultSchema = z.strictObject({
  provider: z.enum(providers),
  /** As in the price list, with or without its provider before it. */
  model: z.string().nullish(),
  kind: z.enum(Object.keys(faultKinds) as [FaultKind, ...FaultKind[]]),
  rate: z.number().min(0).max(1).default(1),
  for_ms: z.int().min(1).nullish(),
  times: z.int().min(1).nullish(),
})
const priceSchema = z.strictObject({
  amount_usd: z
    .union([z.string(), z.number().transform(String)])
    .pipe(
      z
        .string()
        .regex(
          new RegExp(`^\\d{1,9}(\\.\\d{1,${amountDecimals}})?$`),
          'must be a decimal in USD that is not negative, like "0.04"',
        ),
    ),
})
const booksSchema = z.object({ after: z.coerce.number().int().min(0).default(0) })

/** The doors of whoever runs the simulator: faults, prices, books. Answers are JSON, bad input a 400 with a sentence. */
export function controlRoutes(simulation: Simulation) {
  const { faults, prices, books } = simulation

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/health', async () => ({ ok: true, catalogue: simulation.catalogue }))

    app.post('/faults', async (request, reply) => {
      const { provider, model, kind, rate, for_ms, times } = parse(faultSchema, request.body)
      const name = model?.replace(new RegExp(`^${provider}/`), '') ?? null
      if (name !== null && !prices.has(provider, name))
        throw refuse(400, `model: ${provider} has no model ${name} in the ${simulation.catalogue} catalogue.`)
      const { id } = faults.add({
        provider,
        model: name,
        kind,
        rate,
        forMs: for_ms ?? null,
        times: times ?? null,
      })
      return reply.code(201).send({ id })
    })
    app.get('/faults', async () => ({
      faults: faults.list().map(({ forMs, ...fault }) => ({ ...fault, for_ms: forMs })),
    }))
    app.delete('/faults', async () => {
      faults.clear()
      return { ok: true }
    })
    app.delete<{ Params: { id: string } }>('/faults/:id', async (request) => {
      if (!faults.remove(request.params.id)) throw refuse(404, `There is no fault ${request.params.id}.`)
      return { ok: true }
    })

    app.get('/prices', async (request, reply) => {
      const etag = prices.etag()
      reply.header('etag', etag).header('cache-control', 'no-cache')
      const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim())
      return known?.includes(etag) ? reply.code(304).send() : prices.feed()
    })
    // A rule id holds slashes and colons: the wildcard takes it raw, and decodes it when it comes encoded.
    app.put<{ Params: { '*': string } }>('/prices/*', async (request) => {
      const { amount_usd } = parse(priceSchema, request.body)
      const row = prices.setAmount(request.params['*'], amount_usd)
      if (!row) throw refuse(404, `There is no price rule ${request.params['*']}.`)
      return row
    })

    app.get('/books', async (request) => books.after(parse(booksSchema, request.query).after))
  }
}

function refuse(status: number, sentence: string): WireError {
  return new WireError(status, { error: sentence })
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const sentences = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw refuse(400, `${sentences.join('; ')}.`)
}
