import type { PriceComponent, PriceRule } from '@halftone/contracts'

/** What a feed says of one price, before it is a rule. */
export interface Reading {
  provider: string
  model: string
  operation?: string
  size?: PriceRule['match']['size']
  quality?: string | null
  modes?: PriceRule['match']['modes']
  steps?: PriceRule['match']['steps']
  /** None that can be read: the price is unknown. */
  components: PriceComponent[]
  modifiers?: PriceRule['modifiers']
  currency?: string
  validFrom?: string | null
  retiresOn?: string | null
  locator?: string | null
}

export interface Origin {
  kind: PriceRule['source']['kind']
  id: string
  confidence: number
  observedAt: string
}

/** A price that nobody named: unknown, never zero. */
const unnamed: PriceComponent = { kind: 'per_image', amount: null, count: 'output' }

/** The id says all that tells a reading from the others of its source, so that it names the same price at the next poll. */
export function feedRule(origin: Origin, reading: Reading): PriceRule {
  const {
    provider,
    model,
    operation = 'generate',
    size = { kind: 'any' },
    quality = null,
    steps = null,
  } = reading
  const modes = reading.modes ?? ['standard']
  const components = reading.components.length > 0 ? reading.components : [unnamed]
  const known = components.every(({ amount }) => amount !== null)
  const tier = [
    quality,
    sizeName(size),
    stepsName(steps),
    modes.includes('standard') ? null : modes.join('+'),
  ]
  const id = [`${origin.id}:${provider}/${model}/${operation}`, ...tier.filter((part) => part !== null)].join(
    '/',
  )
  return {
    id: id.slice(0, 200),
    provider,
    model,
    model_version: null,
    operation,
    match: { size, quality, modes, steps, region: null },
    status: known ? 'known' : 'unknown',
    currency: reading.currency ?? 'USD',
    components,
    modifiers: reading.modifiers ?? [],
    bounds: { min: null, max: null, per: 'request' },
    limits: {},
    // feeds are silent on what a refusal costs
    charge_on: { refused_before: 'free', refused_after: 'unknown', failed: 'unknown', cancelled: 'unknown' },
    valid: { from: reading.validFrom ?? null, until: null },
    observed_at: origin.observedAt,
    retires_on: reading.retiresOn ?? null,
    source: { kind: origin.kind, id: origin.id, locator: reading.locator ?? null },
    confidence: known ? origin.confidence : 0,
  }
}

function sizeName(size: PriceRule['match']['size']): string | null {
  switch (size.kind) {
    case 'any':
      return null
    case 'exact':
      return `${size.width}x${size.height}`
    case 'within':
      return `within-${size.max_width}x${size.max_height}`
    case 'max_pixels':
      return `up-to-${size.max_pixels}`
    case 'label':
      return size.label
  }
}

function stepsName(steps: PriceRule['match']['steps']): string | null {
  if (!steps) return null
  return `${steps.min ?? ''}-${steps.max ?? ''}-steps`
}

/** What sellers call sizes. A label is not a number of pixels: it stands for its square alone. */
export const labelEdges: Readonly<Record<string, number>> = {
  '0.5k': 512,
  '1k': 1024,
  '2k': 2048,
  '4k': 4096,
}

export function labelSize(label: string): PriceRule['match']['size'] | null {
  const edge = labelEdges[label.toLowerCase()]
  return edge ? { kind: 'label', label: label.toLowerCase(), width: edge, height: edge } : null
}

/** "1024x1536", "1024-x-1536". */
export function exactSize(text: string): PriceRule['match']['size'] | null {
  const [, width, height] = /^(\d{1,5})-?x-?(\d{1,5})$/.exec(text) ?? []
  return width && height ? { kind: 'exact', width: Number(width), height: Number(height) } : null
}

/** A day as feeds write it, with or without a time. null: not a date. */
export function toDay(value: unknown): string | null {
  const text = typeof value === 'string' ? value : ''
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)) ? text.slice(0, 10) : null
}

type Stream = Extract<PriceComponent, { kind: 'per_token' }>['stream']

export function perToken(stream: Stream, amount: string | null): PriceComponent {
  return { kind: 'per_token', stream, amount, per: 1_000_000, estimate: null }
}

export function perImage(
  amount: string | null,
  count: 'output' | 'input' | 'reference' = 'output',
): PriceComponent {
  return { kind: 'per_image', amount, count }
}
