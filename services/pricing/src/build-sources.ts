import type { Catalogue, Clock } from '@halftone/contracts'
import type { Logger } from '@halftone/service-kit'
import type { SourceKind, SourceSettings } from './source-config.ts'
import { awsRules } from './sources/aws-price-list.ts'
import { createFalSource } from './sources/fal.ts'
import { googleSkuRules } from './sources/google-skus.ts'
import { createJsonFeed, type JsonFeed } from './sources/json-feed.ts'
import { litellmRules } from './sources/litellm.ts'
import { mappedFeed } from './sources/mapped-rules.ts'
import { azureRetail } from './sources/mappings/azure-retail.ts'
import { genaiPrices } from './sources/mappings/genai-prices.ts'
import { modelsDev } from './sources/mappings/models-dev.ts'
import { portkey } from './sources/mappings/portkey.ts'
import { vercel } from './sources/mappings/vercel.ts'
import { xai } from './sources/mappings/xai.ts'
import { createOpenaiModelsSource } from './sources/openai-models.ts'
import { createOpenrouterSource } from './sources/openrouter.ts'
import { createOperatorFile } from './sources/operator-file.ts'
import { createSimulatorSource } from './sources/simulator.ts'
import type { PriceSource } from './sources/source.ts'

const feeds: Record<Exclude<SourceKind, 'openrouter' | 'fal' | 'openai-models'>, JsonFeed> = {
  litellm: { kind: 'curated_repo', confidence: 0.6, read: litellmRules },
  portkey: mappedFeed(portkey),
  'genai-prices': mappedFeed(genaiPrices),
  'models-dev': mappedFeed(modelsDev),
  vercel: mappedFeed(vercel),
  xai: mappedFeed(xai),
  'azure-retail': mappedFeed(azureRetail),
  'aws-bedrock': { kind: 'provider_price_api', confidence: 0.9, read: awsRules },
  'google-skus': { kind: 'provider_price_api', confidence: 0.9, read: googleSkuRules },
}

export interface BuildSourcesOptions {
  catalogue: Catalogue
  configured: readonly SourceSettings[]
  /** Reads a source's key from the environment. */
  keyOf(variable: string): string | undefined
  file: { path: string; intervalMs: number } | null
  simulator: { url: string; intervalMs: number } | null
  now: Clock
  log: Logger
}

/** All sources that are followed. Throws where one lacks its key, or claims a provider that the simulator plays. */
export function buildSources(options: BuildSourcesOptions): PriceSource[] {
  const { catalogue, now, log, file, simulator } = options
  const sources: PriceSource[] = []
  if (file) sources.push(createOperatorFile({ ...file, now }))
  if (simulator) sources.push(createSimulatorSource({ ...simulator, catalogue, now, log }))
  const played = new Set(simulator ? catalogue.rules.map(({ provider }) => provider) : [])
  for (const settings of options.configured) {
    const twice = settings.providers.find((id) => played.has(id))
    if (twice) throw new Error(`the simulator sets ${twice}'s prices: ${settings.id} cannot, in a simulation`)
    sources.push(buildSource(settings, options))
  }
  return sources
}

function buildSource(settings: SourceSettings, { keyOf, now }: BuildSourcesOptions): PriceSource {
  const { id, keyEnv, ...rest } = settings
  const key = keyEnv === null ? null : keyOf(keyEnv)
  if (keyEnv !== null && !key)
    throw new Error(`the price source ${id} wants its key in ${keyEnv}, which is not set`)
  const needsKey = (): string => {
    if (key) return key
    throw new Error(`the price source ${id} needs a key: name its variable as "key_env"`)
  }
  switch (id) {
    case 'openrouter':
      return createOpenrouterSource({ id, ...rest, now })
    case 'fal':
      return createFalSource({ id, ...rest, key: needsKey(), now })
    case 'openai-models':
      return createOpenaiModelsSource({ id, ...rest, key: needsKey() })
    default: {
      const headers = key ? { authorization: `Bearer ${key}` } : undefined
      return createJsonFeed({ id, ...rest, headers, feed: feeds[id], now })
    }
  }
}
