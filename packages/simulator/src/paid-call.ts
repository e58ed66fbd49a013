import { crashPoint } from '@halftone/contracts'
import type { FastifyReply } from 'fastify'
import type { Charge } from './books.ts'
import { attemptOf } from './caller.ts'
import type { FaultKind, Faults } from './faults.ts'
import type { Provider } from './prices/table.ts'
import type { Simulation } from './simulation.ts'
import type { ErrorShape, WireError } from './wire-error.ts'

const slowFactor = 5

/** Meets a request with the faults of the hour. Throws those that refuse it unpaid; the rest come back to be acted on. */
export function meetFault(
  faults: Faults,
  provider: Provider,
  model: string | null,
  errors: ErrorShape,
  refusal?: () => WireError,
): FaultKind | null {
  const fault = faults.draw(provider, model)
  if (fault === 'down') throw errors.down()
  if (fault === 'rate_limit') throw errors.rateLimited(2_000)
  if (fault === 'refuse' && refusal) throw refusal()
  return fault
}

export function latencyUnder(fault: FaultKind | null, latencyMs: number): number {
  return fault === 'slow' ? latencyMs * slowFactor : latencyMs
}

/**
 * Does the work of a synchronous call while its latency passes, then charges it. Nothing here looks at the caller's
 * connection: a client that went away pays all the same.
 */
export async function doPaidWork<T>(
  simulation: Simulation,
  call: { charge: Charge; latencyMs: number },
  work: () => Promise<T>,
): Promise<T> {
  const working = work()
  // It is awaited below; without this a failure before that would count as unhandled.
  working.catch(() => {})
  await simulation.sleep(call.latencyMs)
  const result = await working
  simulation.books.charge(call.charge)
  return result
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer | string
}

/**
 * Sends an answer that is paid for, or loses it the way the fault says. It writes to the socket itself: Fastify would
 * rewrite content types such as `application/json; type=image/png`.
 */
export async function sendAnswer(
  reply: FastifyReply,
  fault: FaultKind | null,
  answer: Answer,
): Promise<FastifyReply> {
  const { status, headers } = answer
  const body = Buffer.from(fault === 'bad_json' ? '{"created":17' : answer.body)
  const ids = () => [attemptOf(reply.request) ?? '']
  await crashPoint('paid-unanswered', ids)
  const { raw } = reply.hijack()
  switch (fault) {
    case 'hang':
      // The connection stays open until the client gives up or the simulator stops.
      break
    case 'reset_after_paid':
      raw.socket?.resetAndDestroy()
      break
    case 'cut_body':
      raw.writeHead(status, { ...headers, 'content-length': body.length })
      raw.write(body.subarray(0, body.length >> 1), () => raw.socket?.destroy())
      break
    default:
      raw.writeHead(fault === 'bad_json' ? 200 : status, { ...headers, 'content-length': body.length })
      await sendBody(raw, body, crashPoint('mid-body', ids))
  }
  return reply
}

/** All at once, unless a check strikes in the middle of it. */
async function sendBody(
  raw: FastifyReply['raw'],
  body: Buffer,
  struck: Promise<void> | undefined,
): Promise<void> {
  if (struck) raw.write(body.subarray(0, body.length >> 1))
  await struck
  raw.end(struck ? body.subarray(body.length >> 1) : body)
}
