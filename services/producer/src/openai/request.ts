import { imageFormats, jobBodySchema, limits } from '@halftone/contracts'
import { z } from 'zod'
import { parseRequest } from './parse-request.ts'

const job = jobBodySchema.shape
const size = job.size.unwrap()

/** What OpenAI has no field for: members of the body's `halftone`. */
export const halftoneSchema = z.strictObject({
  budget: job.budget,
  latency: job.latency,
  content_type: job.content_type,
  quality_floor: job.quality_floor,
  deadline: job.deadline,
  run_at: job.run_at,
  metadata: job.metadata,
  routing: z
    .strictObject({
      policy: z.string().max(64).optional(),
      compare_by: z.enum(['image', 'megapixel', 'megapixel_step']).optional(),
      allow: z.array(z.string().max(128)).max(100).optional(),
      deny: z.array(z.string().max(128)).max(100).optional(),
      batch: z.enum(['auto', 'never', 'only']).optional(),
      on_unknown: z.enum(['auto', 'hold', 'resubmit']).optional(),
    })
    .optional(),
  seed: job.seed,
  steps: job.steps,
  mode: job.mode.removeDefault().optional(),
  edit_kind: job.edit_kind,
  mask_edits: job.mask_edits,
  mask_template: job.mask_template,
  select_prompt: job.select_prompt,
  webhook: job.webhook,
  quote_id: job.quote_id,
  parent_job_id: job.parent_job_id,
  priority: job.priority.removeDefault().optional(),
})

const endUser = z.string().max(500)
const common = {
  prompt: z.string(),
  /** `auto` or left out: routed. */
  model: z.string().max(128).default('auto'),
  n: z.int().min(1).max(limits.imagesPerJob).default(1),
  size: size.default('auto'),
  quality: z.enum(['low', 'medium', 'high', 'auto', 'standard', 'hd']).default('auto'),
  output_format: z.enum(imageFormats).optional(),
  output_compression: z.int().min(0).max(100).optional(),
  background: z.enum(['transparent', 'opaque', 'auto']).default('auto'),
  moderation: z.enum(['low', 'auto']).default('auto'),
  response_format: z.enum(['b64_json', 'url']).optional(),
  stream: z.boolean().default(false),
  partial_images: z.int().min(0).max(3).optional(),
  user: endUser.optional(),
  safety_identifier: endUser.optional(),
  halftone: halftoneSchema.optional(),
}
const fidelity = { input_fidelity: z.enum(['high', 'low']).optional() }

/** `POST /images/generations`. */
export const generationSchema = z.strictObject(common)

const imageRef = z
  .strictObject({
    image_url: z.string().min(1).max(limits.jobWithDataUriBytes).optional(),
    file_id: z.string().min(1).max(200).optional(),
  })
  .refine((ref) => (ref.image_url === undefined) !== (ref.file_id === undefined), {
    message: 'give exactly one of image_url and file_id',
  })

/** `POST /images/edits` as JSON. */
export const jsonEditSchema = z.strictObject({
  ...common,
  ...fidelity,
  images: z.array(imageRef).min(1).max(16),
  mask: imageRef.optional(),
})

/** `POST /images/edits` as a form: its pictures are files, named here as the job names them. */
export const formEditSchema = z.strictObject({
  ...common,
  ...fidelity,
  image: z.array(z.string()).min(1).max(16),
  mask: z.string().optional(),
})

/** `POST /images/variations`, a form as well. */
export const formVariationSchema = z.strictObject({
  model: common.model,
  n: common.n,
  size: common.size,
  response_format: common.response_format,
  user: common.user,
  halftone: common.halftone,
  image: z.array(z.string()).length(1),
})

/** One request in OpenAI's words, whatever form it came in; a null field counts as not given. */
export type ImagesRequest =
  | { kind: 'generation'; body: z.infer<typeof generationSchema> }
  | { kind: 'json-edit'; body: z.infer<typeof jsonEditSchema> }
  | { kind: 'form-edit'; body: z.infer<typeof formEditSchema> }
  | { kind: 'variation'; body: z.infer<typeof formVariationSchema> }

/** Parses a JSON body of one of the two endpoints that take one. Throws an AppError whose `field` is OpenAI's. */
export function readImagesRequest(kind: 'generation' | 'json-edit', body: unknown): ImagesRequest {
  return kind === 'generation'
    ? { kind, body: parseRequest(generationSchema, body) }
    : { kind, body: parseRequest(jsonEditSchema, body) }
}
