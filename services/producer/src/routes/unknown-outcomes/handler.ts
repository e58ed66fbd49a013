import { AppError, idSchema, parseUsd, toUsd, usdSchema } from '@halftone/contracts'
import type { Resolution, UnknownAttempt } from '@halftone/ledger'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer, notFound, pageQuery, problems } from '../schemas.ts'

const evidenceSchema = z.object({
  by: z.string(),
  says: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
})

const unknownSchema = z.object({
  attempt_id: z.string(),
  job_id: z.string(),
  bulk_id: z.string().nullable(),
  project_id: z.string(),
  job_status: z.string(),
  provider: z.string(),
  model: z.string(),
  account: z.string(),
  provider_ref: z.string().nullable(),
  state: z.string(),
  started_at: z.string(),
  age_seconds: z.int(),
  worst_usd: z.string().describe('the most it can have cost; this stays held'),
  cost_usd: z.string().nullable(),
  error: z.string().nullable(),
  evidence: evidenceSchema.nullable().describe('what was found so far'),
  needs_person_since: z.string().nullable(),
  simulated: z.boolean(),
})

const listSchema = z.object({
  count: z.int(),
  held_usd: z.string(),
  needs_person: z.int(),
  data: z.array(unknownSchema),
  next_cursor: z.string().nullable(),
})

const verdictSchema = z.strictObject({
  outcome: z.enum(['paid', 'free']),
  cost_usd: usdSchema.optional().describe('what the provider charged; left out, the most it can have cost'),
  note: z.string().trim().min(1).max(1_000).describe('how you know'),
})

/** Calls of which nobody knows whether they were paid: the operator sees them, and ends the doubt. */
export function unknownOutcomeRoutes(app: App, parts: ProducerParts): void {
  listRoute(app, parts)
  resolveRoute(app, parts)
}

function listRoute(app: App, { ledger, clock }: ProducerParts): void {
  app.route({
    method: 'GET',
    url: '/unknown',
    schema: {
      operationId: 'listUnknown',
      summary: 'Calls of which nobody knows whether they were paid',
      description: 'Oldest first. Their money stays held until the truth is found.',
      tags: ['admin'],
      security: bearer,
      querystring: pageQuery,
      response: { 200: listSchema, ...problems(400, 401, 503) },
    },
    handler: async ({ query }) => {
      const [{ unknown, nextCursor }, totals] = await Promise.all([
        ledger.reconciliation.list(query),
        ledger.reconciliation.totals(),
      ])
      return {
        count: totals.count,
        held_usd: toUsd(totals.held),
        needs_person: totals.forPerson,
        data: unknown.map((one) => unknownAnswer(one, clock())),
        next_cursor: nextCursor,
      }
    },
  })
}

function resolveRoute(app: App, { ledger, signals, clock }: ProducerParts): void {
  app.route({
    method: 'POST',
    url: '/unknown/:attempt_id/resolve',
    schema: {
      operationId: 'resolveUnknown',
      summary: 'Say whether such a call was paid',
      description: 'Corrects the books and tells the job’s webhook, once. The same again changes nothing.',
      tags: ['admin'],
      security: bearer,
      params: z.object({ attempt_id: z.string() }),
      body: verdictSchema,
      response: { 200: unknownSchema, ...problems(400, 401, 404, 422, 503) },
    },
    handler: async (request) => {
      const { attempt_id: id } = request.params
      if (!idSchema('attempt').safeParse(id).success) throw notFound('attempt')
      const before = await ledger.reconciliation.find(id)
      if (!before) throw notFound('attempt')
      const resolution = resolutionOf(before, request.body)
      const [resolved] = await ledger.reconciliation.resolve([resolution])
      const after = await ledger.reconciliation.find(id)
      if (!after) throw notFound('attempt')
      if (!resolved) refuseUnlessSame(after, resolution)
      if (resolved?.status) {
        const { jobId, bulkId } = resolved
        await signals.publish('ended', [{ job_id: jobId, bulk_id: bulkId }])
      }
      if (resolved) await signals.publish('outbox', {})
      return unknownAnswer(after, clock())
    },
  })
}

function resolutionOf(
  { attempt }: UnknownAttempt,
  { outcome, cost_usd, note }: z.infer<typeof verdictSchema>,
): Resolution {
  if (outcome === 'free' && cost_usd !== undefined && parseUsd(cost_usd) > 0n)
    throw new AppError('invalid_request', 'a call that was free has no cost', {
      field: '/cost_usd',
      limit: '0',
      next: 'leave cost_usd out, or say "paid"',
    })
  const cost = outcome === 'free' ? 0n : cost_usd === undefined ? attempt.worst : parseUsd(cost_usd)
  return { attemptId: attempt.id, outcome, cost, images: [], evidence: { by: 'operator', says: note } }
}

/** It was not unknown any more: well if it is what was said now. */
function refuseUnlessSame(
  { attempt, paid }: UnknownAttempt & { paid: boolean | null },
  { outcome, cost }: Resolution,
): void {
  if (attempt.state === 'resolved' && paid === (outcome === 'paid') && attempt.cost === cost) return
  const truth = paid === null ? '' : paid ? `, paid with $${toUsd(attempt.cost ?? 0n)}` : ', free'
  throw new AppError('impossible', `this attempt is not unknown: it is ${attempt.state}${truth}`, {
    field: '/attempt_id',
    next: 'GET /admin/v1/unknown lists those that are',
  })
}

function unknownAnswer(
  { attempt, projectId, bulkId, jobStatus, personSince }: UnknownAttempt,
  now: number,
): z.infer<typeof unknownSchema> {
  return {
    attempt_id: attempt.id,
    job_id: attempt.jobId,
    bulk_id: bulkId,
    project_id: projectId,
    job_status: jobStatus,
    provider: attempt.provider,
    model: attempt.model,
    account: attempt.account,
    provider_ref: attempt.providerRef ?? attempt.callbackRef ?? null,
    state: attempt.state,
    started_at: attempt.startedAt.toISOString(),
    age_seconds: Math.max(0, Math.round((now - attempt.startedAt.getTime()) / 1_000)),
    worst_usd: toUsd(attempt.worst),
    cost_usd: attempt.cost === null ? null : toUsd(attempt.cost),
    error: attempt.error?.message ?? null,
    evidence: attempt.evidence ?? null,
    needs_person_since: personSince?.toISOString() ?? null,
    simulated: attempt.simulated,
  }
}
