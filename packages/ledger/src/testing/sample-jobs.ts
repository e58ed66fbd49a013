import { randomBytes } from 'node:crypto'
import { type Candidate, type JobInput, jobBodySchema, newId, type Plan, type Tag } from '@halftone/contracts'
import type { ClaimRequest, Ledger, NewBulk, NewJob, StoredImage } from '../ledger.ts'

/** Jobs as the producer would hand them in, and the short way to bring one to a state. */

export const tag: Tag = { label: 'logo', confidence: 1, source: 'hint', plausible: ['logo'] }

export async function newProject(ledger: Ledger, budget: bigint | null = null): Promise<string> {
  const { projectId } = await ledger.projects.createKey(`project ${randomBytes(6).toString('hex')}`)
  if (budget !== null) await ledger.projects.setBudget(projectId, budget)
  return projectId
}

export function newJob(values: Partial<NewJob> = {}, body: JobInput = { prompt: 'a red kite' }): NewJob {
  return {
    id: newId('job'),
    body: jobBodySchema.parse(body),
    inputs: { width: 1024, height: 1024, images: [], mask: null },
    deadline: new Date(Date.now() + 3_600_000),
    runAt: new Date(Date.now() - 1_000),
    hold: 100n,
    ceiling: null,
    quoted: null,
    baseline: null,
    webhookUrl: null,
    ...values,
  }
}

export function newBulk(values: Partial<NewBulk> = {}): NewBulk {
  return {
    id: newId('bulk'),
    budget: null,
    baseline: null,
    baselineModel: null,
    expectedFinish: null,
    webhookUrl: null,
    metadata: {},
    ...values,
  }
}

export function newPlan(provider = 'openai', worst = 100n): { digest: Buffer; plan: Plan } {
  const choice: Candidate = {
    provider,
    model: 'model-1',
    operation: 'generate',
    quality_asked: null,
    rule_id: 'rule-1',
    price_version: 1,
    cost_nano: worst,
    worst_nano: worst,
    expected_ms: 1_000,
    quality: 0.9,
    batch: false,
    eligible: true,
    reason: null,
  }
  return {
    digest: randomBytes(32),
    plan: { choice, ranked: [choice], excluded: [], summary: 'the cheapest', policy: 'cheapest' },
  }
}

export async function accept(ledger: Ledger, projectId: string, job: NewJob): Promise<string> {
  await ledger.accept.job({ projectId, job, idempotency: null })
  return job.id
}

export async function acceptBulk(
  ledger: Ledger,
  projectId: string,
  jobs: NewJob[],
  values: Partial<NewBulk> = {},
): Promise<string> {
  const bulk = newBulk(values)
  await ledger.accept.bulk({ projectId, bulk, jobs, idempotency: null })
  return bulk.id
}

/** queued → classified → dispatched; answers the generations. */
export async function dispatch(
  ledger: Ledger,
  ids: string[],
  worst = 100n,
  pool = 'openai',
): Promise<number[]> {
  await ledger.classify.tag(ids.map((id) => ({ id, tag })))
  const [planId] = await ledger.dispatch.savePlans([newPlan(pool, worst)])
  const { dispatched } = await ledger.dispatch.dispatch(
    ids.map((id) => ({ id, pool, planId: planId!, worst, latencyMissed: false })),
  )
  return ids.map((id) => dispatched.find((job) => job.id === id)?.generation ?? -1)
}

export function claimOf(jobId: string, generation: number, values: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    jobId,
    generation,
    owner: 'worker-1',
    leaseMs: 15_000,
    attemptId: newId('attempt'),
    provider: 'openai',
    model: 'model-1',
    account: 'default',
    operation: 'generate',
    ruleId: 'rule-1',
    priceVersion: 1,
    worst: 100n,
    simulated: true,
    ...values,
  }
}

/** A job with its money held, on its way to the provider. */
export async function start(
  ledger: Ledger,
  projectId: string,
  values: Partial<NewJob> = {},
  worst = 100n,
): Promise<{ jobId: string; generation: number; attemptId: string; fence: bigint }> {
  const jobId = await accept(ledger, projectId, newJob(values))
  return { jobId, ...(await startAccepted(ledger, jobId, worst)) }
}

export async function startAccepted(
  ledger: Ledger,
  jobId: string,
  worst = 100n,
  values: Partial<ClaimRequest> = {},
) {
  const [generation = -1] = await dispatch(ledger, [jobId], worst)
  const claim = await ledger.attempts.claim(claimOf(jobId, generation, { worst, ...values }))
  if (claim.kind !== 'claimed') throw new Error(`the claim was answered with ${claim.kind}`)
  return { generation, attemptId: claim.attemptId, fence: claim.fence }
}

export function image(): StoredImage {
  return {
    fileId: newId('file'),
    sha256: randomBytes(32).toString('hex'),
    width: 1024,
    height: 1024,
    format: 'png',
    bytes: 1_000,
  }
}
