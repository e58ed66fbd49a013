import type { JobBody, ModelSpec, PriceRule } from '@halftone/contracts'
import { jobBodySchema } from '@halftone/contracts'
import { sampleRule } from '@halftone/contracts/testing'
import type { AttemptRow, RunnableJob } from '@halftone/ledger'

export const start = Date.parse('2026-11-22T12:00:00Z')

export const spec: ModelSpec = {
  provider: 'replicate',
  model: 'flux',
  operations: {
    generate: { sizes: { kind: 'list', list: ['64x64'] }, n_max: 4, mask: 'none', images_max: 0 },
  },
  qualities: [],
  default_quality: null,
  steps: null,
  seed: true,
  modes: ['standard'],
  formats: ['png'],
  prompt_max_chars: 1_000,
  retires_on: null,
  latency_hint_ms: { p50: 1_000, p95: 2_000 },
  quality: {},
  quality_default: 0.8,
  wire: {},
  as_of: '2026-11-22',
  sources: ['made up'],
}

/** Three cents a picture. */
export function ruleAt(amount: string, over: Partial<PriceRule> = {}): PriceRule {
  return sampleRule(amount, { id: 'cur:replicate/flux/generate', ...over })
}

/** A picture, as far as these tests care: its facts in words. */
export function picture(facts = '64x64 png', noise = ''): Uint8Array {
  return Buffer.from(`${facts} ${noise}`)
}

export function jobOf(given: { body?: Partial<JobBody>; job?: Partial<RunnableJob> }): RunnableJob {
  const body = { ...jobBodySchema.parse({ prompt: 'a red fox', size: '64x64' }), ...given.body }
  return {
    id: 'job_1',
    projectId: 'prj_1',
    bulkId: null,
    body,
    inputs: { width: 64, height: 64, images: [], mask: null },
    tag: { label: 'unknown', confidence: 0, source: 'rules', plausible: [] },
    pool: 'replicate',
    planId: 'pln_1',
    generation: 1,
    avoid: [],
    hold: 30_000_000n,
    heldByUnknown: 0n,
    ceiling: null,
    priority: 2,
    deadline: new Date(start + 120_000),
    createdAt: new Date(start),
    status: 'dispatched',
    cancelRequested: false,
    liveAttempt: null,
    failedAttempts: 0,
    choice: {
      provider: 'replicate',
      model: 'flux',
      operation: 'generate',
      quality_asked: null,
      rule_id: 'cur:replicate/flux/generate',
      price_version: 7,
      cost_nano: 30_000_000n * BigInt(body.n),
      worst_nano: 30_000_000n * BigInt(body.n),
      expected_ms: 1_000,
      quality: 0.8,
      batch: false,
      eligible: true,
      reason: null,
    },
    ...given.job,
  }
}

/** A call that an earlier worker left behind. */
export function leftBehind(providerRef: string | null): AttemptRow {
  return {
    id: 'att_earlier',
    jobId: 'job_1',
    generation: 1,
    provider: 'replicate',
    model: 'flux',
    account: 'replicate',
    operation: 'generate',
    state: providerRef === null ? 'submitting' : 'submitted',
    fence: 1n,
    providerRef,
    ruleId: 'cur:replicate/flux/generate',
    priceVersion: 7,
    worst: 30_000_000n,
    cost: null,
    error: null,
    startedAt: new Date(start - 20_000),
    finishedAt: null,
    simulated: true,
  }
}
