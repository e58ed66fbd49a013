import type { OpenaiModel } from './models.ts'

export const qualities = ['low', 'medium', 'high'] as const
export type Quality = (typeof qualities)[number]

/** Output tokens of the older models, for 1024x1024, 1024x1536 and 1536x1024. */
const tokenTable: Record<Quality, Record<string, number>> = {
  low: { '1024x1024': 272, '1024x1536': 408, '1536x1024': 400 },
  medium: { '1024x1024': 1056, '1024x1536': 1584, '1536x1024': 1568 },
  high: { '1024x1024': 4160, '1024x1536': 6240, '1536x1024': 6208 },
}
const patchesByQuality: Record<Quality, number> = { low: 16, medium: 48, high: 96 }

/** Image tokens of one picture. Not monotone: a square at high quality has more than 1536x1024. */
export function outputTokens(model: OpenaiModel, quality: Quality, width: number, height: number): number {
  if (model.sizes === 'three') return tokenTable[quality][`${width}x${height}`] ?? 0
  const patches = patchesByQuality[quality]
  const shortPatches = Math.round((patches * Math.min(width, height)) / Math.max(width, height))
  return Math.ceil((patches * shortPatches * (2_000_000 + width * height)) / 4_000_000)
}

/** One token for every four characters begun. */
export function textTokens(prompt: string): number {
  return Math.ceil([...prompt].length / 4)
}

const pixelsPerToken = 1_024
const fidelityTokens = { square: 4_160, oblong: 6_240 }

/**
 * Image tokens of one input picture. The documents give no rule for the newer models; this one is the simulator's own:
 * a token for every 1,024 pixels begun, so 1,024 tokens for 1024x1024. High input fidelity adds what was documented
 * for the first GPT image model.
 */
export function inputImageTokens(width: number, height: number, highFidelity: boolean): number {
  const fidelity = width === height ? fidelityTokens.square : fidelityTokens.oblong
  return Math.ceil((width * height) / pixelsPerToken) + (highFidelity ? fidelity : 0)
}

/** What an answer says it used, and what the books charge. */
export interface Usage {
  total_tokens: number
  input_tokens: number
  output_tokens: number
  input_tokens_details: { text_tokens: number; image_tokens: number }
}

export function usageOf(tokens: { text: number; imagesIn: number; out: number }): Usage {
  const { text, imagesIn, out } = tokens
  return {
    total_tokens: text + imagesIn + out,
    input_tokens: text + imagesIn,
    output_tokens: out,
    input_tokens_details: { text_tokens: text, image_tokens: imagesIn },
  }
}
