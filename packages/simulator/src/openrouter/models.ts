import { badRequest } from './errors.ts'

/** An image model behind OpenRouter, at one upstream. */
export interface RoutedModel {
  id: string
  /** Its name in the price list. */
  name: string
  upstream: string
  nMax: number
  /** What the upstream makes; any other ratio is clamped to the nearest of these without a word. */
  ratios: readonly string[]
  edgeMax: number
  references: number
  /** How its price is listed. */
  unit: 'image' | 'megapixel' | 'token'
}

export const routedModels: readonly RoutedModel[] = [
  {
    id: 'black-forest-labs/flux.2-pro',
    name: 'flux.2-pro',
    upstream: 'black-forest-labs',
    nMax: 1,
    ratios: ['1:1', '4:3', '3:4', '16:9', '9:16', '3:2', '2:3'],
    edgeMax: 2_048,
    references: 0,
    unit: 'megapixel',
  },
  {
    id: 'bytedance-seed/seedream-4.5',
    name: 'seedream-4.5',
    upstream: 'bytedance',
    nMax: 10,
    ratios: ['1:1', '4:3', '3:4', '16:9', '9:16', '3:2', '2:3', '21:9'],
    edgeMax: 4_096,
    references: 0,
    unit: 'image',
  },
  {
    id: 'google/gemini-3.1-flash-lite-image',
    name: 'gemini-3.1-flash-lite-image',
    upstream: 'google-ai-studio',
    nMax: 1,
    ratios: ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'],
    edgeMax: 4_096,
    references: 14,
    unit: 'token',
  },
]

const edges: Record<string, number> = { '512': 512, '1K': 1_024, '2K': 2_048, '4K': 4_096 }

/** The pixels that a request comes to. Explicit pixels rule; what clashes with them is a 400. */
export function pixelsOf(
  model: RoutedModel,
  asked: { size?: string; aspect_ratio?: string; resolution?: string },
): { width: number; height: number } {
  const explicit = /^(\d+)x(\d+)$/.exec(asked.size ?? '')
  if (explicit) {
    const [width, height] = [Number(explicit[1]), Number(explicit[2])]
    const [across = width, down = height] = (asked.aspect_ratio ?? '').split(':').map(Number)
    if (asked.resolution !== undefined || (asked.aspect_ratio && across * height !== down * width))
      throw badRequest('size conflicts with resolution or aspect_ratio')
    const over = Math.max(1, Math.max(width, height) / model.edgeMax)
    return { width: Math.round(width / over), height: Math.round(height / over) }
  }
  const edge = Math.min(edges[asked.resolution ?? asked.size ?? '1K'] ?? 1_024, model.edgeMax)
  const [across = 1, down = 1] = clamped(model, asked.aspect_ratio ?? '1:1')
    .split(':')
    .map(Number)
  const scale = Math.sqrt((edge * edge) / (across * down))
  return { width: sixteens(across * scale), height: sixteens(down * scale) }
}

function clamped({ ratios }: RoutedModel, ratio: string): string {
  const value = (text: string) => {
    const [across = 1, down = 1] = text.split(':').map(Number)
    return Math.log(across / down)
  }
  if (ratio === 'auto') return '1:1'
  return (
    ratios.toSorted((a, b) => Math.abs(value(a) - value(ratio)) - Math.abs(value(b) - value(ratio)))[0] ??
    '1:1'
  )
}

function sixteens(edge: number): number {
  return Math.max(16, Math.round(edge / 16) * 16)
}
