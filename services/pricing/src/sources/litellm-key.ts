import type { PriceRule } from '@halftone/contracts'
import { exactSize } from './feed-rule.ts'

/** What a key of LiteLLM's map says beside the model: `azure/hd/1024-x-1792/dall-e-3`. */
export interface LitellmKey {
  model: string
  quality: string | null
  size: PriceRule['match']['size'] | null
  steps: PriceRule['match']['steps']
}

const qualities: readonly string[] = ['low', 'medium', 'high', 'standard', 'hd']
/** Parts that name the provider, which `litellm_provider` says anyway. */
const prefixes: readonly string[] = [
  ...['aiml', 'azure', 'azure_ai', 'bedrock', 'black_forest_labs', 'dashscope', 'fal_ai', 'fireworks_ai'],
  ...['gemini', 'nscale', 'openrouter', 'recraft', 'runwayml', 'stability', 'vertex_ai', 'xai'],
]

export function parseLitellmKey(key: string): LitellmKey {
  const found: LitellmKey = { model: '', quality: null, size: null, steps: null }
  const parts = key.split('/')
  while (parts.length > 1 && takeTier(parts[0] ?? '', found)) parts.shift()
  // Fireworks names its models by path
  found.model = parts.join('/').replace(/^accounts\/fireworks\/models\//, '')
  return found
}

function takeTier(part: string, found: LitellmKey): boolean {
  if (prefixes.includes(part)) return true
  if (qualities.includes(part)) found.quality = part
  else if (part === 'max-x-max') found.size = { kind: 'any' }
  else if (exactSize(part)) found.size = exactSize(part)
  else if (part === '50-steps') found.steps = { max: 50 }
  else if (part === 'max-steps') found.steps = { min: 51 }
  else return false
  return true
}
