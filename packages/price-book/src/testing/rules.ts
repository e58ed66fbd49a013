import type { BookedRule, ImageRequest, ModelSpec, PriceRule } from '@halftone/contracts'

type RuleParts = Omit<Partial<PriceRule>, 'match'> & { match?: Partial<PriceRule['match']> }

/** A rule of a dime an image, but for what the test says. */
export function makeRule({ match, ...parts }: RuleParts = {}): PriceRule {
  return {
    id: 'test',
    provider: 'openai',
    model: 'm',
    model_version: null,
    operation: 'generate',
    match: { size: { kind: 'any' }, quality: null, modes: ['standard'], steps: null, region: null, ...match },
    status: 'known',
    currency: 'USD',
    components: [{ kind: 'per_image', amount: '0.1', count: 'output' }],
    modifiers: [],
    bounds: { min: null, max: null, per: 'request' },
    limits: {},
    charge_on: { refused_before: 'free', refused_after: 'unknown', failed: 'free', cancelled: 'unknown' },
    valid: { from: null, until: null },
    observed_at: null,
    retires_on: null,
    source: { kind: 'example', id: 'test' },
    confidence: 0.5,
    ...parts,
  }
}

export function perImage(amount: string | null): Pick<PriceRule, 'components'> {
  return { components: [{ kind: 'per_image', amount, count: 'output' }] }
}

export function makeRequest(parts: Partial<ImageRequest> = {}): ImageRequest {
  return {
    operation: 'generate',
    prompt: 'a red kite over a green hill',
    width: 1024,
    height: 1024,
    n: 1,
    steps: null,
    quality: 'auto',
    format: null,
    seed: null,
    mode: 'standard',
    editKind: null,
    images: [],
    mask: null,
    maskTemplate: null,
    ...parts,
  }
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
