import { z } from 'zod'
import type { Format } from '../art/pixels.ts'
import { type AspectRatio, aspectSizes } from '../aspect-ratio.ts'

export interface Size {
  width: number
  height: number
}

/** What a task is to make, once its body has been understood. */
export interface Plan {
  prompt: string
  /** null = as large as the input picture (and the four sides). */
  size: Size | null
  format: Format
  seed: number | null
  /** Base64 or URLs; the first is edited, the rest are references. */
  images: string[]
  mask: string | null
  sides: { top: number; bottom: number; left: number; right: number } | null
  webhook: { url: string; secret: string | null } | null
}

const word = z.string().nullish()
const common = {
  prompt: z.string(),
  seed: z.int().nullish(),
  safety_tolerance: z.int().min(0).max(6).default(2),
  output_format: z.enum(['jpeg', 'png', 'webp']).nullish(),
  webhook_url: z.url().max(2_083).nullish(),
  webhook_secret: word,
}
const commonObject = z.object(common)
// Fields that a model does not know are passed over, as FastAPI does.
type Common = z.infer<typeof commonObject>

function planOf(body: Common, what: Partial<Plan>, format: Format = 'jpeg'): Plan {
  const { prompt, seed = null, output_format, webhook_url: url, webhook_secret: secret = null } = body
  return {
    ...{ prompt, seed, format: output_format ?? format, size: null, images: [], mask: null, sides: null },
    webhook: url ? { url, secret } : null,
    ...what,
  }
}

const references = {
  input_image: word,
  input_image_2: word,
  input_image_3: word,
  input_image_4: word,
}
const edge16 = z.int().min(64).multipleOf(16).nullish()
const pixelsMax = 4 * 1_048_576

function flux2(more: z.ZodRawShape = {}) {
  return z
    .object({ ...common, safety_tolerance: z.int().min(0).max(5).default(2), ...references, ...more })
    .extend({ width: edge16, height: edge16 })
    .transform((body, context): Plan => {
      const { width, height } = body
      const images = Object.entries(body).flatMap(([name, value]) =>
        name.startsWith('input_image') && typeof value === 'string' ? [value] : [],
      )
      const size =
        width && height ? { width, height } : images.length > 0 ? null : { width: 1_024, height: 1_024 }
      if (size && size.width * size.height > pixelsMax)
        context.addIssue({
          code: 'custom',
          path: ['width'],
          message: 'width * height must be at most 4 megapixels',
        })
      return planOf(body, { images, size })
    })
}

const fourMore = { input_image_5: word, input_image_6: word, input_image_7: word, input_image_8: word }
const flexFields = {
  ...fourMore,
  guidance: z.number().min(1.5).max(10).nullish(),
  steps: z.int().min(1).max(50).nullish(),
  prompt_upsampling: z.boolean().nullish(),
}

const edge32 = z.int().min(256).max(1_440).multipleOf(32)
const pro11 = z
  .object({
    ...common,
    width: edge32.default(1_024),
    height: edge32.default(768),
    steps: z.int().min(1).max(50).nullish(),
  })
  .transform(({ width, height, ...body }) => planOf(body, { size: { width, height } }))

const aspectRatio = z.enum(Object.keys(aspectSizes) as [AspectRatio, ...AspectRatio[]])
const ultra = z.object({ ...common, aspect_ratio: aspectRatio.default('16:9') }).transform((body) => {
  const [width, height] = aspectSizes[body.aspect_ratio]
  return planOf(body, { size: { width: width * 2, height: height * 2 } })
})

/** The sizes of about a megapixel that Kontext was trained on. */
const kontextSizes: Record<string, [number, number]> = {
  '1:1': [1024, 1024],
  '3:2': [1248, 832],
  '2:3': [832, 1248],
  '4:3': [1184, 880],
  '3:4': [880, 1184],
  '16:9': [1392, 752],
  '9:16': [752, 1392],
  '21:9': [1568, 672],
  '9:21': [672, 1568],
}
const kontext = z
  .object({ ...common, ...references, aspect_ratio: z.enum(Object.keys(kontextSizes)).nullish() })
  .transform((body) => {
    const images = [body.input_image, body.input_image_2, body.input_image_3, body.input_image_4]
    const [width, height] = kontextSizes[body.aspect_ratio ?? '1:1'] ?? [1_024, 1_024]
    return planOf(
      body,
      { images: images.filter((image) => typeof image === 'string'), size: { width, height } },
      'png',
    )
  })

const steps15 = z.int().min(15).max(50).nullish()
const fill = z
  .object({ ...common, prompt: z.string().default(''), image: z.string(), mask: word, steps: steps15 })
  .transform((body) => planOf(body, { images: [body.image], mask: body.mask ?? null }))
const side = z.int().min(0).max(2_048).default(0)
const expand = z
  .object({ ...common, prompt: z.string().default(''), image: z.string(), steps: steps15 })
  .extend({ top: side, bottom: side, left: side, right: side })
  .transform(({ top, bottom, left, right, ...body }) =>
    planOf(body, { images: [body.image], sides: { top, bottom, left, right } }),
  )

export interface BflModel {
  input: z.ZodType<Plan>
  /** What the price list calls it; absent: `edit` with pictures, `generate` without. */
  operation?: string
}

const models: Record<string, BflModel> = {
  'flux-2-klein-4b': { input: flux2() },
  'flux-2-klein-9b': { input: flux2() },
  'flux-2-pro': { input: flux2(fourMore) },
  'flux-2-max': { input: flux2(fourMore) },
  'flux-2-flex': { input: flux2(flexFields) },
  'flux-dev': { input: pro11 },
  'flux-pro-1.1': { input: pro11 },
  'flux-pro-1.1-ultra': { input: ultra },
  'flux-kontext-pro': { input: kontext, operation: 'edit' },
  'flux-kontext-max': { input: kontext, operation: 'edit' },
  'flux-pro-1.0-fill': { input: fill, operation: 'inpaint' },
  'flux-pro-1.0-expand': { input: expand, operation: 'outpaint' },
}

export function bflModel(name: string): BflModel | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined
}
