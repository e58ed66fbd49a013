import { chargeNano } from '../prices/charge.ts'
import type { PriceRow } from '../prices/table.ts'
import { hash32 } from '../seeded.ts'
import { type GeminiModel, type ImageSize, outputTokens } from './models.ts'
import type { GenerateRequest } from './request.ts'

/** What a call used, by what is charged apart. */
export interface Used {
  textIn: number
  imagesIn: number
  textOut: number
  imagesOut: number
  thoughts: number
}

/** One token for every four characters begun. */
export function textTokens(text: string): number {
  return Math.ceil([...text].length / 4)
}

export function usedByPicture(model: GeminiModel, request: GenerateRequest, size: ImageSize): Used {
  return {
    ...usedByPrompt(model, request),
    imagesOut: outputTokens(model, size),
    thoughts: model.thinks ? 150 + (hash32(request.prompt) % 200) : 0,
  }
}

/** All that a refusal is charged: the prompt that was read. */
export function usedByPrompt(model: GeminiModel, { prompt, images }: GenerateRequest): Used {
  const imagesIn = images.length * model.inputTokens
  return { textIn: textTokens(prompt), imagesIn, textOut: 0, imagesOut: 0, thoughts: 0 }
}

export function usageMetadata(used: Used) {
  const prompt = used.textIn + used.imagesIn
  const made = used.textOut + used.imagesOut
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: made,
    ...(used.thoughts > 0 && { thoughtsTokenCount: used.thoughts }),
    totalTokenCount: prompt + made + used.thoughts,
    promptTokensDetails: details(used.textIn, used.imagesIn),
    ...(made > 0 && { candidatesTokensDetails: details(used.textOut, used.imagesOut) }),
  }
}

function details(text: number, images: number) {
  return [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'IMAGE', tokenCount: images },
  ].filter(({ tokenCount }) => tokenCount > 0)
}

/** Thoughts cost as much as words that come out. */
export function costOf({ amount_usd, extra }: PriceRow, used: Used, factor = '1'): bigint {
  const line = (amount: string | undefined, count: number) => ({
    ...{ amount: amount ?? '0', count, per: 1_000_000 as const },
  })
  const lines = [
    line(amount_usd, used.imagesOut),
    line(extra?.text_in_usd_per_1m, used.textIn),
    line(extra?.image_in_usd_per_1m, used.imagesIn),
    line(extra?.text_out_usd_per_1m, used.textOut + used.thoughts),
  ]
  return chargeNano(lines, factor)
}
