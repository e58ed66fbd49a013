import type { BookedRule, ImageRequest, ModelSpec, PriceRule } from '@halftone/contracts'
import { sampleRequest, sampleRule } from '@halftone/contracts/testing'

type RuleParts = Omit<Partial<PriceRule>, 'match'> & { match?: Partial<PriceRule['match']> }

/** A rule of a dime an image, but for what the test says. */
export function makeRule({ match, ...parts }: RuleParts = {}): PriceRule {
  const rule = sampleRule('0.1', { provider: 'openai', model: 'm', confidence: 0.5 })
  return {
    ...rule,
    match: { ...rule.match, ...match },
    charge_on: { refused_before: 'free', refused_after: 'unknown', failed: 'free', cancelled: 'unknown' },
    ...parts,
  }
}

export function perImage(amount: string | null): Pick<PriceRule, 'components'> {
  return { components: [{ kind: 'per_image', amount, count: 'output' }] }
}

export function makeRequest(parts: Partial<ImageRequest> = {}): ImageRequest {
  return sampleRequest({ prompt: 'a red kite over a green hill', ...parts })
}

export function makeInput(width: number, height: number) {
  return { fileId: 'file_1', sha256: '00', width, height, format: 'png' } as const
}

export const spec: ModelSpec = {
  provider: 'openai',
  model: 'm',
  operations: {},
  qualities: [],
  default_quality: null,
  steps: null,
  seed: false,
  modes: ['standard'],
  formats: ['png'],
  prompt_max_chars: 1000,
  retires_on: null,
  latency_hint_ms: { p50: 1, p95: 2 },
  quality: {},
  quality_default: 0.5,
  wire: {},
  as_of: '2026-11-22',
  sources: ['test'],
}

export function booked(...rules: PriceRule[]): Map<string, BookedRule[]> {
  return new Map([['openai/m', rules.map((rule, index) => ({ version: index + 1, rule }))]])
}
