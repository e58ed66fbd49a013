import type {
  BookedRule,
  Catalogue,
  ImageRequest,
  ModelSpec,
  Signal,
  SignalName,
  Signals,
} from '@halftone/contracts'
import { sampleRequest, sampleRule } from '@halftone/contracts/testing'

export function makeSpec(parts: Partial<ModelSpec> = {}): ModelSpec {
  return {
    provider: 'replicate',
    model: 'flux',
    operations: {
      generate: { sizes: { kind: 'list', list: ['1024x1024'] }, n_max: 4, mask: 'none', images_max: 0 },
    },
    qualities: [],
    default_quality: null,
    steps: null,
    seed: true,
    modes: ['standard'],
    formats: ['png'],
    prompt_max_chars: 1000,
    retires_on: null,
    latency_hint_ms: { p50: 1_000, p95: 2_000 },
    quality: { logo: 0.3 },
    quality_default: 0.6,
    wire: {},
    as_of: '2026-11-22',
    sources: ['test'],
    ...parts,
  }
}

export function makeCatalogue(...models: ModelSpec[]): Catalogue {
  const provider = {
    id: 'replicate',
    name: 'Replicate',
    key_env: 'REPLICATE_API_TOKEN',
    base_url: 'https://api.replicate.com/v1',
    limits: { requests_per_minute: 600, concurrent: 48 },
    sources: ['test'],
  }
  return {
    name: 'test',
    what: '',
    providers: [provider],
    models,
    rules: [],
    floors: { logo: 0.5 },
    floors_source: '',
  }
}

export function makeBooked(version: number, amount: string, source = 'page'): BookedRule {
  return {
    version,
    rule: sampleRule(amount, { id: 'r', source: { kind: 'provider_docs', id: source }, confidence: 0.8 }),
  }
}

export const request: ImageRequest = sampleRequest({ prompt: 'a kite' })

interface FakeSignals extends Pick<Signals, 'subscribe'> {
  say<N extends SignalName>(name: N, message: Signal<N>): void
  reconnect(): void
}

export function fakeSignals(): FakeSignals {
  const handlers = new Map<SignalName, (message: never) => void>()
  const gaps: (() => void)[] = []
  return {
    async subscribe(name, handler, onGap) {
      handlers.set(name, handler)
      if (onGap) gaps.push(onGap)
    },
    say: (name, message) => handlers.get(name)?.(message as never),
    reconnect: () => {
      for (const gap of gaps) gap()
    },
  }
}
