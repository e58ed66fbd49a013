import { z } from 'zod'
import type { Format } from '../art/pixels.ts'

/** What a request is to make, once its input has been understood. */
export interface Plan {
  prompt: string
  n: number
  /** null = the size of the input picture. */
  size: { width: number; height: number } | null
  format: Format
  seed: number | null
  image: string | null
  mask: string | null
}

const presets = {
  square_hd: { width: 1_024, height: 1_024 },
  square: { width: 512, height: 512 },
  portrait_4_3: { width: 768, height: 1_024 },
  portrait_16_9: { width: 576, height: 1_024 },
  landscape_4_3: { width: 1_024, height: 768 },
  landscape_16_9: { width: 1_024, height: 576 },
} as const
type Preset = keyof typeof presets

const edge = z.int().min(64).max(2_048)
const common = {
  prompt: z.string().min(1),
  num_images: z.int().min(1).max(4).default(1),
  seed: z.int().nullish(),
  output_format: z.enum(['jpeg', 'png']).default('jpeg'),
  enable_safety_checker: z.boolean().default(true),
  sync_mode: z.literal(false, 'sync_mode is not served by the simulator').default(false),
}
const commonObject = z.object(common)

function planOf(input: z.infer<typeof commonObject>, what: Partial<Plan>): Plan {
  const { prompt, num_images: n, seed = null, output_format: format } = input
  return { prompt, n, seed, format, size: null, image: null, mask: null, ...what }
}

function flux(stepsMax: number) {
  return z
    .object({
      ...common,
      image_size: z
        .union([
          z.enum(Object.keys(presets) as [Preset, ...Preset[]]),
          z.object({ width: edge, height: edge }),
        ])
        .default('landscape_4_3'),
      num_inference_steps: z.int().min(1).max(stepsMax).optional(),
      guidance_scale: z.number().min(1).max(20).optional(),
    })
    .transform((input) => {
      const { image_size: size } = input
      return planOf(input, { size: typeof size === 'string' ? presets[size] : size })
    })
}

const url = z.string().regex(/^(https?:\/\/|data:)/, 'must be a URL or a data URI')
const fill = z
  .object({ ...common, image_url: url, mask_url: url })
  .transform((input) => planOf(input, { image: input.image_url, mask: input.mask_url }))

export interface FalModel {
  /** The endpoint's whole id, and its name in the price list. */
  id: string
  operation: string
  input: z.ZodType<Plan>
}

const models: FalModel[] = [
  { id: 'fal-ai/flux/schnell', operation: 'generate', input: flux(12) },
  { id: 'fal-ai/flux/dev', operation: 'generate', input: flux(50) },
  { id: 'fal-ai/flux-pro/v1.1', operation: 'generate', input: flux(50) },
  { id: 'fal-ai/flux-pro/v1/fill', operation: 'inpaint', input: fill },
]

export const falModels: readonly FalModel[] = models

export function falModel(id: string): FalModel | undefined {
  return models.find((model) => model.id === id)
}
