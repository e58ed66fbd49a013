import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { formats } from '../art/pixels.ts'
import type { AspectRatio } from '../aspect-ratio.ts'
import { type Form, readForm } from '../form.ts'
import { judge } from '../trigger-words.ts'
import { badRequest, contentModeration, invalidLanguage, publicFigure, stabilityErrors } from './errors.ts'

const bodyBytesMax = 10 * 1024 * 1024
export const seedMax = 4_294_967_294
const aspectRatios = [
  '16:9',
  '1:1',
  '21:9',
  '2:3',
  '3:2',
  '4:5',
  '5:4',
  '9:16',
  '9:21',
] as const satisfies AspectRatio[]
const stylePresets = [
  '3d-model',
  'analog-film',
  'anime',
  'cinematic',
  'comic-book',
  'digital-art',
  'enhance',
  'fantasy-art',
  'isometric',
  'line-art',
  'low-poly',
  'modeling-compound',
  'neon-punk',
  'origami',
  'photographic',
  'pixel-art',
  'tile-texture',
] as const

const prompt = z.string().min(1).max(10_000)
const number = (low: number, high: number) => z.coerce.number().min(low).max(high)
const pixels = z.coerce.number().int().min(0).max(2_000).default(0)
const common = {
  negative_prompt: z.string().max(10_000).optional(),
  seed: z.coerce.number().int().min(0).max(seedMax).default(0),
  output_format: z.enum(formats).default('png'),
  style_preset: z.enum(stylePresets).optional(),
}
const generate = { ...common, prompt, aspect_ratio: z.enum(aspectRatios).default('1:1') }

export const coreSchema = z.object(generate)
export const ultraSchema = z.object({ ...generate, strength: number(0, 1).optional() })
export const sd3Schema = z.object({
  ...generate,
  output_format: z.enum(['png', 'jpeg']).default('png'),
  mode: z.enum(['text-to-image', 'image-to-image']).default('text-to-image'),
  model: z.enum(['sd3.5-large', 'sd3.5-large-turbo', 'sd3.5-medium']).default('sd3.5-large'),
  strength: number(0, 1).optional(),
  cfg_scale: number(1, 10).optional(),
})
export const inpaintSchema = z.object({
  ...common,
  prompt,
  mode: z.literal('mask').optional(),
  grow_mask: number(0, 100).optional(),
  /** The simulator's own convention, on the reference catalogue only: `flat-inpaint` is priced by the picture. */
  model: z.literal('flat-inpaint').optional(),
})
export const eraseSchema = z.object({ ...common, grow_mask: number(0, 100).optional() })
export const outpaintSchema = z
  .object({
    ...common,
    prompt: prompt.optional(),
    left: pixels,
    right: pixels,
    up: pixels,
    down: pixels,
    creativity: number(0, 1).optional(),
  })
  .refine(({ left, right, up, down }) => left + right + up + down > 0, {
    message: 'at least one outpaint direction (left, right, up, or down) must be greater than zero',
  })
export const styleTransferSchema = z.object({
  ...common,
  prompt: prompt.optional(),
  style_strength: number(0, 1).optional(),
  composition_fidelity: number(0, 1).optional(),
  change_strength: number(0.1, 1).optional(),
})

export const searchAndReplaceSchema = z.object({
  ...common,
  prompt,
  search_prompt: prompt,
  grow_mask: number(0, 20).optional(),
})
export const searchAndRecolorSchema = z.object({
  ...common,
  prompt,
  select_prompt: prompt,
  grow_mask: number(0, 20).optional(),
})
export const removeBackgroundSchema = z.strictObject({
  output_format: z.enum(['png', 'webp']).default('png'),
})
export const upscaleFastSchema = z.strictObject({ output_format: z.enum(formats).default('png') })
/** Structure and sketch alike. */
export const controlSchema = z.object({ ...common, prompt, control_strength: number(0, 1).default(0.7) })
export const styleSchema = z.object({ ...generate, fidelity: number(0, 1).default(0.5) })

/** Whether the answer goes out as the bytes alone or as JSON with the picture in base64. */
export type AnswerKind = 'bytes' | 'json'

/** No accept header means bytes; any other than the two documented ones is refused, `*` and all. */
export function acceptOf(request: FastifyRequest): AnswerKind {
  const accept = request.headers.accept
  if (accept === undefined || accept === 'image/*') return 'bytes'
  if (accept === 'application/json') return 'json'
  throw badRequest("accept: must be one of 'image/*' or 'application/json'")
}

/** The form of a call. There is no other content type, even where no file is sent. */
export async function readCall(request: FastifyRequest): Promise<Form> {
  if (!request.isMultipart()) throw badRequest('content-type: must be multipart/form-data')
  return readForm(request, bodyBytesMax, stabilityErrors)
}

export function parseFields<T>(schema: z.ZodType<T>, fields: Record<string, string>): T {
  // An empty text field counts as one that was not sent.
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const sentences = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw badRequest(sentences[0] ?? 'body: invalid', ...sentences.slice(1))
}

/** Refuses a prompt before any work, unpaid. True = it passes, but its picture will be blurred. */
export function moderate(prompt: string): boolean {
  const letters = prompt.match(/\p{L}/gu)?.length ?? 0
  const latin = prompt.match(/\p{Script=Latin}/gu)?.length ?? 0
  if (latin * 2 < letters) throw invalidLanguage()
  const verdict = judge(prompt)
  if (verdict === 'refused') throw contentModeration()
  if (verdict === 'public-figure') throw publicFigure()
  return verdict === 'filtered'
}
