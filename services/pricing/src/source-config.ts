import { jsonText } from '@halftone/contracts'
import { z } from 'zod'

/** Feeds of those who sell: each may set its own provider's prices. */
const authorities = {
  openrouter: { url: 'https://openrouter.ai/api/v1', providers: ['openrouter'] },
  fal: { url: 'https://api.fal.ai/v1/models/pricing', providers: ['fal'] },
  vercel: { url: 'https://ai-gateway.vercel.sh/v1/models', providers: ['vercel'] },
  xai: { url: 'https://api.x.ai/v1/image-generation-models', providers: ['xai'] },
  'azure-retail': { url: 'https://prices.azure.com/api/retail/prices', providers: ['azure'] },
  'aws-bedrock': {
    url: 'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonBedrock/current/us-east-1/index.json',
    providers: ['bedrock'],
  },
  'google-skus': { url: null, providers: ['vertex'] },
  /** No prices, only the days on which models end. */
  'openai-models': { url: 'https://api.openai.com/v1/models', providers: [] },
} as const

const daily = 24 * 3_600_000

/** Files that a community writes down: they disagree in public, and set nothing. */
const tripwires = {
  litellm: {
    url: 'https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json',
    frozenAfterMs: 14 * daily,
  },
  portkey: { url: null, frozenAfterMs: 45 * daily },
  'genai-prices': {
    url: 'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json',
    frozenAfterMs: 60 * daily,
  },
  'models-dev': { url: 'https://models.dev/api.json', frozenAfterMs: 14 * daily },
} as const

const sourceKinds = [...Object.keys(authorities), ...Object.keys(tripwires)]
export type SourceKind = keyof typeof authorities | keyof typeof tripwires

const entrySchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).optional(),
  interval_ms: z.int().min(1_000).default(3_600_000),
  role: z.enum(['authority', 'tripwire']).optional(),
  /** Whose prices it sets. */
  providers: z.array(z.string()).optional(),
  /** The environment variable that holds its key. */
  key_env: z.string().optional(),
  /** What to ask for, where a feed wants to be told: fal's endpoint ids. */
  endpoints: z.array(z.string()).optional(),
})

export interface SourceSettings {
  id: SourceKind
  url: string
  role: 'authority' | 'tripwire'
  providers: readonly string[]
  intervalMs: number
  frozenAfterMs: number | null
  keyEnv: string | null
  endpoints: readonly string[]
}

/**
 * `{"openrouter": {}, "litellm": {"interval_ms": 86400000}}`: which feeds are read, and what each may do. Nothing is read that
 * is not named here.
 */
export const sourcesSchema = z
  .string()
  .default('{}')
  .pipe(jsonText('is not JSON'))
  .pipe(z.partialRecord(z.enum(sourceKinds as [SourceKind, ...SourceKind[]]), entrySchema))
  .transform((entries, context) => {
    const fault = (id: string, message: string) => {
      context.addIssue({ code: 'custom', message: `${id}: ${message}` })
      return []
    }
    const settings = Object.entries(entries).flatMap(([key, entry]): SourceSettings[] => {
      const id = key as SourceKind
      const known = id in authorities ? authorities[id as keyof typeof authorities] : null
      const community = id in tripwires ? tripwires[id as keyof typeof tripwires] : null
      const url = entry.url ?? (known ?? community)?.url
      if (!url) return fault(id, 'needs a url')
      if (community && entry.role === 'authority')
        return fault(id, 'a community file sets no prices: role "tripwire"')
      const role = community ? 'tripwire' : (entry.role ?? 'authority')
      return [
        {
          ...{ id, url, role, intervalMs: entry.interval_ms },
          providers: role === 'authority' ? (entry.providers ?? known?.providers ?? []) : [],
          frozenAfterMs: community?.frozenAfterMs ?? null,
          ...{ keyEnv: entry.key_env ?? null, endpoints: entry.endpoints ?? [] },
        },
      ]
    })
    const claimed = Map.groupBy(
      settings.flatMap(({ id, providers }) => providers.map((provider) => ({ id, provider }))),
      ({ provider }) => provider,
    )
    for (const [provider, by] of claimed)
      if (by.length > 1)
        fault(provider, `has one authority at most, and ${by.map(({ id }) => id).join(' and ')} claim it`)
    return settings
  })
