import { z } from 'zod'
import { contentTypeHints } from './content-types.ts'
import { idSchema } from './ids.ts'
import { type MaskTemplate, maskTemplates } from './mask-templates.ts'
import { usdSchema } from './money.ts'

export const limits = {
  promptCodePoints: 32_000,
  imagesPerJob: 10,
  jobBytes: 1_000_000,
  jobWithDataUriBytes: 25_000_000,
  bulkBytes: 64_000_000,
  bulkJobs: 50_000,
  /** Width or height of anything; what a model can make is in the catalogue. */
  edgePixels: 16_384,
  imagePixels: 40_000_000,
  fileBytes: 50_000_000,
  /** Different pictures that one request may name by URL, and their bytes together. */
  fetchedUrls: 100,
  fetchedBytes: 200_000_000,
  metadataBytes: 4_000,
  waitSeconds: 120,
} as const

export const qualities = ['low', 'medium', 'high', 'auto'] as const
export const imageFormats = ['png', 'jpeg', 'webp'] as const
export const modes = ['standard', 'turbo', 'lcm'] as const
export const backgrounds = ['transparent', 'opaque'] as const
export const moderations = ['low'] as const
export const inputFidelities = ['low', 'high'] as const
export const policies = ['cheapest', 'weighted', 'fastest', 'best'] as const
/** Which part of a mask is the one to edit. */
export const maskEdits = ['transparent', 'white', 'black'] as const
export type MaskEdits = (typeof maskEdits)[number]
export type Quality = (typeof qualities)[number]
export type ImageFormat = (typeof imageFormats)[number]
export type Mode = (typeof modes)[number]
export type Background = (typeof backgrounds)[number]
export type Moderation = (typeof moderations)[number]
export type InputFidelity = (typeof inputFidelities)[number]

const prompt = z
  .string()
  .refine((text) => text.isWellFormed() && !text.includes('\0'), {
    message: 'must not hold NUL or lone surrogates',
  })
  .refine((text) => text.length <= limits.promptCodePoints || [...text].length <= limits.promptCodePoints, {
    message: `at most ${limits.promptCodePoints} code points`,
  })

/** `file_…`, a data URI, or an https URL. */
const imageInput = z.string().min(1).max(limits.jobWithDataUriBytes)
const isoTime = z.iso.datetime({ offset: true })

const webhookSchema = z.union([
  z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2_000) }),
  z.strictObject({ endpoint_id: idSchema('endpoint') }),
])
export type WebhookTarget = z.infer<typeof webhookSchema>

const metadataSchema = z
  .record(z.string().max(64), z.union([z.string().max(500), z.number(), z.boolean()]))
  .refine((value) => JSON.stringify(value).length <= limits.metadataBytes, {
    message: `at most ${limits.metadataBytes} bytes as JSON`,
  })

/** What a caller posts. Unknown fields are refused: a parameter is never silently dropped. */
export const jobBodySchema = z
  .strictObject({
    operation: z.enum(['generate', 'edit', 'variation']).default('generate'),
    prompt: prompt.optional(),
    /**
     * WIDTHxHEIGHT. Left out: 1024x1024, for edits the input's own size. `auto`: the same where somebody makes it, else
     * the nearest size that somebody does.
     */
    size: z
      .string()
      .regex(/^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/, 'WIDTHxHEIGHT in pixels, like "1024x1024", or "auto"')
      .optional(),
    n: z.int().min(1).max(limits.imagesPerJob).default(1),
    steps: z.int().min(1).max(500).optional(),
    quality: z.enum(qualities).default('auto'),
    format: z.enum(imageFormats).optional(),
    seed: z.int().min(0).max(4_294_967_294).optional(),
    mode: z.enum(modes).default('standard'),
    background: z.enum(backgrounds).optional(),
    /** How well a jpeg or webp is kept, in percent. */
    output_compression: z.int().min(0).max(100).optional(),
    /** `low`: the provider filters less strictly. */
    moderation: z.enum(moderations).optional(),
    /** How closely an edit keeps to its input pictures. */
    input_fidelity: z.enum(inputFidelities).optional(),
    /** Pictures of the work under way to ask for, from those that send such: no wish that excludes a model. */
    partial_images: z.int().min(0).max(3).optional(),
    content_type: z.enum(contentTypeHints).optional(),
    image: z.union([imageInput, z.array(imageInput).min(1).max(16)]).optional(),
    mask: imageInput.optional(),
    /** Left out: the transparent part if any pixel is not opaque, else the white one. */
    mask_edits: z.enum(maskEdits).optional(),
    /** A mask by its name, painted for the picture's size. */
    mask_template: z.enum(maskTemplates).optional(),
    /** What to look for in the picture, in words, where no mask says what is edited. */
    select_prompt: prompt.min(1).max(10_000).optional(),
    edit_kind: z
      .enum([
        'inpaint',
        'outpaint',
        'erase',
        'search-and-replace',
        'search-and-recolor',
        'remove-background',
        'style-transfer',
        'style-guide',
        'structure',
        'sketch',
        'upscale',
        'background',
        'object',
        'text',
        'style',
        'extend',
      ])
      .optional(),
    budget: z
      .strictObject({
        max_cost_per_image_usd: usdSchema.optional(),
        max_cost_usd: usdSchema.optional(),
        /** The most that this job and all of its chain may cost; what goes on with it keeps to it. */
        max_chain_usd: usdSchema.optional(),
      })
      .optional(),
    latency: z
      .strictObject({
        max_ms: z.int().min(1).max(86_400_000),
        on_miss: z.enum(['run', 'fail']).default('run'),
      })
      .optional(),
    /** The job that this one goes on with; its first picture is edited where `image` is left out. */
    parent_job_id: idSchema('job').optional(),
    deadline: isoTime.optional(),
    run_at: isoTime.optional(),
    quality_floor: z.number().min(0).max(1).optional(),
    routing: z
      .strictObject({
        policy: z.string().max(64).default('cheapest'),
        compare_by: z.enum(['image', 'megapixel', 'megapixel_step']).default('image'),
        allow: z.array(z.string().max(128)).max(100).optional(),
        deny: z.array(z.string().max(128)).max(100).optional(),
        model: z.string().max(128).optional(),
        batch: z.enum(['auto', 'never', 'only']).default('auto'),
        on_unknown: z.enum(['auto', 'hold', 'resubmit']).default('auto'),
      })
      .prefault({}),
    webhook: webhookSchema.optional(),
    metadata: metadataSchema.optional(),
    quote_id: idSchema('quote').optional(),
    priority: z.int().min(0).max(4).default(2),
  })
  .superRefine((job, context) => {
    if (job.operation !== 'variation' && !job.prompt?.trim())
      context.addIssue({ code: 'custom', path: ['prompt'], message: 'is required and must not be empty' })
    if (job.operation !== 'generate' && job.image === undefined && job.parent_job_id === undefined)
      context.addIssue({ code: 'custom', path: ['image'], message: `is required for ${job.operation}` })
    if (job.operation === 'generate' && job.mask !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['mask'],
        message: 'is only for edits: set "operation": "edit"',
      })
    if (job.mask_edits !== undefined && job.mask === undefined)
      context.addIssue({
        code: 'custom',
        path: ['mask_edits'],
        message: 'says how a mask is read: give a mask',
      })
    if (job.mask !== undefined && job.mask_template !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['mask_template'],
        message: 'give a mask or a template, not both',
      })
    if (job.background === 'transparent' && job.format === 'jpeg')
      context.addIssue({
        code: 'custom',
        path: ['background'],
        message: 'cannot be transparent in a jpeg: ask for png or webp',
      })
    if (job.output_compression !== undefined && job.format !== 'jpeg' && job.format !== 'webp')
      context.addIssue({
        code: 'custom',
        path: ['output_compression'],
        message: 'is for a format of jpeg or webp: ask for one of them',
      })
    if (job.input_fidelity !== undefined && job.operation !== 'edit')
      context.addIssue({
        code: 'custom',
        path: ['input_fidelity'],
        message: 'is only for edits: set "operation": "edit"',
      })
  })

/** A job as posted, with every default filled in. This is what is stored. */
export type JobBody = z.infer<typeof jobBodySchema>
export type JobInput = z.input<typeof jobBodySchema>

/** A file that a job refers to, as the artifact store knows it. */
export interface InputImage {
  fileId: string
  sha256: string
  width: number
  height: number
  format: ImageFormat
}

/** A mask, already turned into the canonical form: 8-bit grey, white = edit. */
export interface InputMask extends InputImage {
  /** Pixels at or above the threshold of 128. */
  maskedPixels: number
  /** The predefined template that it is: as named, or as recognised. Absent or null: drawn by hand. */
  template?: MaskTemplate | null
}

/**
 * What routing, prices and adapters look at: the request itself, without money, webhooks or tenancy.
 * Two jobs with equal `ImageRequest`s (but for prompt and inputs) have the same shape and share one plan.
 */
export interface ImageRequest {
  operation: 'generate' | 'edit' | 'variation'
  prompt: string
  width: number
  height: number
  n: number
  steps: number | null
  quality: Quality
  format: ImageFormat | null
  seed: number | null
  mode: Mode
  editKind: string | null
  selectPrompt?: string | null
  background?: Background | null
  outputCompression?: number | null
  moderation?: Moderation | null
  inputFidelity?: InputFidelity | null
  /** Pictures of the work under way that are asked for; each may be billed. */
  partialImages?: number
  images: InputImage[]
  mask: InputMask | null
  maskTemplate: string | null
}

const promptClass = 256

/**
 * The longest prompt, in UTF-8 bytes, of the class of length that a prompt belongs to. Jobs whose prompts are of one
 * class share a plan, so whatever is planned by length must be the same for all of them.
 */
export function promptCeilingBytes(prompt: string): number {
  return Math.ceil(Buffer.byteLength(prompt) / promptClass) * promptClass
}
