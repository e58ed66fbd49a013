import { z } from 'zod'
import { formats } from '../art/pixels.ts'
import type { PriceTable } from '../prices/table.ts'
import { badRequest, modelNotFound } from './errors.ts'
import { type OpenaiModel, openaiModel, sizeFault } from './models.ts'
import { qualities } from './tokens.ts'

const common = {
  prompt: z.string().min(1).max(32_000),
  model: z.string(),
  n: z.int().min(1).max(10).default(1),
  size: z
    .string()
    .regex(/^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/)
    .default('auto'),
  // `xhigh` and `max` of the 2.5 models are left out: no document says how many tokens they take.
  quality: z.enum([...qualities, 'auto']).default('auto'),
  output_format: z.enum(formats).default('png'),
  output_compression: z.int().min(0).max(100).optional(),
  background: z.enum(['transparent', 'opaque', 'auto']).default('auto'),
  user: z.string().optional(),
  safety_identifier: z.string().optional(),
  moderation: z.enum(['low', 'auto']).default('auto'),
  stream: z.boolean().optional(),
  partial_images: z.int().min(0).max(3).optional(),
}

export const generationSchema = z.strictObject({ ...common, mode: z.enum(['standard', 'turbo']).optional() })

const imageRef = z
  .strictObject({ image_url: z.string().max(20_971_520).optional(), file_id: z.string().optional() })
  .refine(
    (ref) => (ref.image_url === undefined) !== (ref.file_id === undefined),
    'Give exactly one of image_url and file_id.',
  )
const inputFidelity = z.enum(['high', 'low']).optional()
export const jsonEditSchema = z.strictObject({
  ...common,
  images: z.array(imageRef).min(1).max(16),
  mask: imageRef.optional(),
  input_fidelity: inputFidelity,
})
/** The text fields of a multipart edit; its pictures are files. */
export const formEditSchema = z.strictObject({ ...common, input_fidelity: inputFidelity })

export type GenerationRequest = z.infer<typeof generationSchema>
export type EditRequest = z.infer<typeof formEditSchema>

/** Parses a body. Throws OpenAI's 400, which names the first bad parameter. A null field counts as not given. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const given =
    typeof body === 'object' && body !== null && !Array.isArray(body)
      ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
      : body
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (issue?.code === 'unrecognized_keys')
    throw badRequest(`Unknown parameter: '${issue.keys[0]}'.`, issue.keys[0], 'unknown_parameter')
  const param = issue?.path.join('.') ?? ''
  const missing = issue?.path.length === 1 && !(param in Object(given))
  if (missing)
    throw badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter')
  throw badRequest(`Invalid value for '${param}': ${issue?.message}`, param, 'invalid_value')
}

/** Multipart knows only text: numbers and booleans are read from it before the schema sees them. */
export function typedFields(fields: Record<string, string>): Record<string, unknown> {
  const numbers = ['n', 'output_compression', 'partial_images']
  return Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [
      name,
      numbers.includes(name) && text.trim() !== ''
        ? Number(text)
        : name === 'stream'
          ? text === 'true'
          : text,
    ]),
  )
}

/** The model that a request names, if it is sold in this catalogue. Retired ids end here with 404. */
export function soldModel(prices: PriceTable, id: string): OpenaiModel {
  const model = openaiModel(id)
  if (!model || !prices.has('openai', model.id)) throw modelNotFound(id)
  return model
}

/** What cannot be said in a schema: it depends on the model, or on two fields. */
export function checkTogether(model: OpenaiModel, request: EditRequest | GenerationRequest): void {
  const fault = request.size === 'auto' ? null : sizeFault(model, request.size)
  if (fault) throw badRequest(`Invalid value: '${request.size}'. ${fault}`, 'size', 'invalid_value')
  if (request.background === 'transparent' && request.output_format === 'jpeg')
    throw badRequest(
      "Transparent background needs output_format 'png' or 'webp'.",
      'background',
      'invalid_value',
    )
  if (request.partial_images !== undefined && request.stream !== true)
    throw badRequest("'partial_images' is only for 'stream': true.", 'partial_images', 'invalid_value')
  if (
    request.output_compression !== undefined &&
    request.output_compression < 100 &&
    request.output_format === 'png'
  )
    throw badRequest('Compression less than 100 is not supported for PNG output format', 'output_compression')
  if ('mode' in request && request.mode !== undefined && model.sizes !== 'squares')
    throw badRequest("Unknown parameter: 'mode'.", 'mode', 'unknown_parameter')
  if (
    'input_fidelity' in request &&
    request.input_fidelity !== undefined &&
    !model.inputFidelity.includes(request.input_fidelity)
  )
    throw badRequest(`The model ${model.id} does not support this input fidelity.`, 'input_fidelity')
}
