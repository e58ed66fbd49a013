import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { invalidInput, replicateErrors } from './errors.ts'
import type { Plan, ReplicateModel } from './models.ts'
import { type WebhookEvent, webhookEvents } from './webhooks.ts'

const submissionSchema = z.strictObject({
  version: z.string().optional(),
  input: z.record(z.string(), z.unknown()),
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  webhook_events_filter: z.array(z.enum(webhookEvents)).optional(),
  stream: z.boolean().optional(),
})

export interface Submission {
  version: string | undefined
  input: Record<string, unknown>
  webhook: { url: string; events: readonly WebhookEvent[] } | null
  /** How long the caller lets the answer wait for the end; 0 = not at all. */
  waitMs: number
  cancelAfterMs: number | null
}

const cancelAfterMinSeconds = 5

/** Reads the body and the headers of a create call. Throws Replicate's 422 with the fields that are wrong. */
export function readSubmission(request: FastifyRequest): Submission {
  const { version, input, webhook, webhook_events_filter } = parse(submissionSchema, request.body, '')
  // By default everything but the logs is told.
  const events = webhook_events_filter ?? ['start', 'output', 'completed']
  return {
    version,
    input,
    webhook: webhook === undefined ? null : { url: webhook, events },
    waitMs: waitOf(request.headers.prefer),
    cancelAfterMs: cancelAfterOf(request.headers['cancel-after']),
  }
}

export function readPlan(model: ReplicateModel, input: Record<string, unknown>): Plan {
  const plan = parse(model.input, input, 'input.')
  // A data URL is for small files; what is larger is uploaded first.
  for (const [field, url] of [
    ['image', plan.image],
    ['mask', plan.mask],
  ])
    if (url?.startsWith('data:') && dataBytes(url) > dataUrlBytesMax)
      throw invalidInput([
        { type: 'value_error', field: `input.${field}`, description: 'Data URLs may hold at most 256kb' },
      ])
  return plan
}

const dataUrlBytesMax = 256 * 1024

function dataBytes(url: string): number {
  const payload = url.length - url.indexOf(',') - 1
  return url.slice(0, url.indexOf(',')).endsWith(';base64') ? Math.floor((payload * 3) / 4) : payload
}

function waitOf(header: string | string[] | undefined): number {
  if (header === undefined) return 0
  const match = /^wait(?:=([1-9]|[1-5][0-9]|60))?$/.exec(String(header))
  if (!match) throw replicateErrors.unreadable('Prefer must be wait or wait=n with n from 1 to 60')
  return Number(match[1] ?? 60) * 1_000
}

function cancelAfterOf(header: string | string[] | undefined): number | null {
  if (header === undefined) return null
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(String(header))
  const [hours = 0, minutes = 0, rest = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0))
  const seconds = hours * 3_600 + minutes * 60 + rest
  if (seconds < cancelAfterMinSeconds)
    throw replicateErrors.unreadable(
      'Cancel-After must be a duration of at least 5 seconds, like 30s or 1h30m45s',
    )
  return seconds * 1_000
}

function parse<T>(schema: z.ZodType<T>, value: unknown, prefix: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalidInput(
    parsed.error.issues.map(({ code, path, message }) => ({
      type: code,
      field: `${prefix}${path.join('.')}` || 'body',
      description: message,
    })),
  )
}
