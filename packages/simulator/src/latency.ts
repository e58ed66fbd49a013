import type { Provider } from './prices/table.ts'
import { randomFrom } from './seeded.ts'

interface Pace {
  typicalMs: number
  /** No answer takes longer, so a p95 measured from outside stays below it. */
  longestMs: number
}

const tailFactor = 1.3

function pace(typicalMs: number, longestMs = typicalMs * tailFactor): Pace {
  return { typicalMs, longestMs }
}

/** What one call takes by provider and model, and by operation or quality where that matters. */
const paces: Record<string, Pace> = {
  // The two that the reference text promises a p95 for (2,500 and 2,800 ms) leave room for the way there and back.
  'openai/dall-e-4': pace(2_150, 2_380),
  'openai/dall-e-4/turbo': pace(1_300, 1_500),
  'replicate/sd-3.5-turbo': pace(2_300, 2_550),
  'stability/clipdrop': pace(2_000),
  'stability/flat-inpaint': pace(2_000),
  'openai/gpt-image-1-mini': pace(3_000),
  'openai/gpt-image-1.5': pace(5_000),
  'openai/gpt-image-2/low': pace(3_000),
  'openai/gpt-image-2/medium': pace(5_000),
  'openai/gpt-image-2/high': pace(12_000),
  'openai/gpt-image-2.5-flare': pace(3_000),
  'openai/gpt-image-2.5-sunburst': pace(6_000),
  'replicate/flux-schnell': pace(1_200),
  'replicate/flux-dev': pace(3_000),
  'replicate/flux-1.1-pro': pace(3_500),
  'replicate/flux-1.1-pro-ultra': pace(6_000),
  'replicate/flux-kontext-pro': pace(4_000),
  'replicate/flux-fill-pro': pace(4_000),
  'stability/core': pace(2_500),
  'stability/ultra': pace(6_000),
  'stability/sd3.5-large': pace(4_000),
  'stability/sd3.5-large-turbo': pace(1_800),
  'stability/sd3.5-medium': pace(3_000),
  'stability/stable-image-edit': pace(3_000),
  'google/gemini-nano-banana-2.1': pace(5_000),
  'google/gemini-3.1-flash-lite-image': pace(3_000),
  'google/gemini-3-pro-image': pace(12_000),
  'bfl/flux-2-klein-4b': pace(1_200),
  'bfl/flux-2-klein-9b': pace(1_600),
  'bfl/flux-2-pro': pace(5_000),
  'bfl/flux-2-max': pace(10_000),
  'bfl/flux-2-flex': pace(12_000),
  'bfl/flux-pro-1.1': pace(3_500),
  'bfl/flux-pro-1.1-ultra': pace(7_000),
  'bfl/flux-kontext-pro': pace(4_500),
  'bfl/flux-kontext-max': pace(6_000),
  'bfl/flux-pro-1.0-fill': pace(6_000),
  'bfl/flux-pro-1.0-expand': pace(7_000),
  'fal/fal-ai/flux/schnell': pace(900),
  'fal/fal-ai/flux/dev': pace(2_500),
  'fal/fal-ai/flux-pro/v1.1': pace(3_500),
  'fal/fal-ai/flux-pro/v1/fill': pace(5_000),
  'stability/stable-image-tools': pace(2_000),
  'stability/stable-image-control': pace(3_000),
  'openai-compatible/flux-1-schnell': pace(2_000),
  'openai-compatible/janus-pro-7b': pace(2_500),
  'openrouter/flux.2-pro': pace(4_000),
  'openrouter/seedream-4.5': pace(5_000),
  'openrouter/gemini-3.1-flash-lite-image': pace(4_000),
  'mistral/mistral-medium-latest': pace(8_000),
  'anthropic/claude-haiku-4-5': pace(9_000),
  'anthropic/claude-sonnet-4-5': pace(18_000),
}
const anyModel = pace(3_000)

/** Draws how long a call takes, in ms. `variant` is a quality or a mode. */
export type Latency = (provider: Provider, model: string, variant?: string) => number

/** Log-normal around the typical time, cut at the longest; `factor` scales it all (0 = at once). */
export function createLatency(options: { seed: string; factor: number }): Latency {
  const random = randomFrom(`${options.seed}/latency`)
  return (provider, model, variant) => {
    const key = `${provider}/${model}`
    const { typicalMs, longestMs } = paces[`${key}/${variant}`] ?? paces[key] ?? anyModel
    // 1.645 standard deviations are the 95th percentile.
    const sigma = Math.log(longestMs / typicalMs) / 1.645
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.round(Math.min(longestMs, typicalMs * Math.exp(sigma * normal)) * options.factor)
  }
}
