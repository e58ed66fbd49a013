import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Format } from '../art/pixels.ts'
import { type AspectRatio, aspectSizes } from '../aspect-ratio.ts'

/** What a prediction is to make, once its input has been understood. */
export interface Plan {
  prompt: string
  n: number
  /** null = the size of the input picture. */
  size: { width: number; height: number } | null
  format: Format
  /** The file's ending on the wire. */
  ending: OutputFormat
  quality: number
  seed: number | undefined
  /** URLs of the pictures that an edit starts from. */
  image?: string
  /** White = edit. */
  mask?: string
}

export interface ReplicateModel {
  /** `owner/name`, as on the wire. */
  path: string
  /** The name in the price list. */
  name: string
  operation: string
  /** Some models answer with one URL, others with a list. */
  output: 'array' | 'string'
  input: z.ZodType<Plan>
}

const outputFormats = ['webp', 'jpg', 'png'] as const
type OutputFormat = (typeof outputFormats)[number]
const aspectRatios = Object.keys(aspectSizes) as [AspectRatio, ...AspectRatio[]]

const common = {
  prompt: z.string().min(1),
  seed: z.int().optional(),
  output_format: z.enum(outputFormats).default('webp'),
  output_quality: z.int().min(0).max(100).default(80),
}
// A field that no model knows is passed over, as the real ones do.
const commonObject = z.object(common)

function planOf(
  input: z.infer<typeof commonObject>,
  what: Pick<Plan, 'size' | 'image' | 'mask'> & { n?: number },
): Plan {
  const { prompt, seed, output_format: ending, output_quality: quality } = input
  return { n: 1, ...what, prompt, seed, quality, ending, format: ending === 'jpg' ? 'jpeg' : ending }
}

function sizeOf(ratio: AspectRatio, scale = 1): { width: number; height: number } {
  const [width, height] = aspectSizes[ratio]
  return { width: width * scale, height: height * scale }
}

const several = z
  .object({
    ...common,
    aspect_ratio: z.enum(aspectRatios).default('1:1'),
    num_outputs: z.int().min(1).max(4).default(1),
    megapixels: z.enum(['1', '0.25']).default('1'),
  })
  .transform((input) => {
    const size = sizeOf(input.aspect_ratio, input.megapixels === '0.25' ? 0.5 : 1)
    return planOf(input, { size, n: input.num_outputs })
  })

const edge = z.int().min(256).max(1_440).multipleOf(32).optional()
const pro = z
  .object({
    ...common,
    aspect_ratio: z.enum([...aspectRatios, 'custom']).default('1:1'),
    width: edge,
    height: edge,
  })
  .transform((input, context) => {
    const { aspect_ratio: ratio, width, height } = input
    if (ratio !== 'custom') return planOf(input, { size: sizeOf(ratio) })
    if (width !== undefined && height !== undefined) return planOf(input, { size: { width, height } })
    context.addIssue({ code: 'custom', path: ['width'], message: 'width and height are required for custom' })
    return z.NEVER
  })

const ultra = z
  .object({ ...common, aspect_ratio: z.enum(aspectRatios).default('1:1'), raw: z.boolean().optional() })
  .transform((input) => planOf(input, { size: sizeOf(input.aspect_ratio, 2) }))

const url = z.string().regex(/^(https?:\/\/|data:)/, 'must be a URL or a data URL')
const kontext = z
  .object({ ...common, input_image: url, aspect_ratio: z.literal('match_input_image').optional() })
  .transform((input) => planOf(input, { size: null, image: input.input_image }))
const fill = z
  .object({ ...common, image: url, mask: url })
  .transform((input) => planOf(input, { size: null, image: input.image, mask: input.mask }))
const turbo = z
  .object({ ...common, aspect_ratio: z.literal('1:1').default('1:1') })
  .transform((input) => planOf(input, { size: sizeOf(input.aspect_ratio) }))

function flux(
  name: string,
  operation: string,
  output: 'array' | 'string',
  input: z.ZodType<Plan>,
): ReplicateModel {
  return { path: `black-forest-labs/${name}`, name, operation, output, input }
}

const models: ReplicateModel[] = [
  flux('flux-schnell', 'generate', 'array', several),
  flux('flux-dev', 'generate', 'array', several),
  flux('flux-1.1-pro', 'generate', 'string', pro),
  flux('flux-1.1-pro-ultra', 'generate', 'string', ultra),
  flux('flux-kontext-pro', 'edit', 'string', kontext),
  flux('flux-fill-pro', 'inpaint', 'string', fill),
  {
    path: 'stability-ai/stable-diffusion-3.5-turbo',
    name: 'sd-3.5-turbo',
    operation: 'generate',
    output: 'array',
    input: turbo,
  },
]

export function modelByPath(path: string): ReplicateModel | undefined {
  return models.find((model) => model.path === path)
}

/** Finds the model of `owner/name`, `owner/name:hash` or `hash`. */
export function modelByVersion(version: string): ReplicateModel | undefined {
  const [path, hash] = version.includes('/') ? version.split(':') : [undefined, version]
  const model = path ? modelByPath(path) : models.find((each) => versionOf(each) === hash)
  return hash === undefined || (model && versionOf(model) === hash) ? model : undefined
}

/** The 64 hex digits of a model's one version. */
export function versionOf({ path }: ReplicateModel): string {
  return createHash('sha256').update(path).digest('hex')
}
