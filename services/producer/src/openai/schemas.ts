import { imageFormats } from '@halftone/contracts'
import { z } from 'zod'

/** Answers in OpenAI's words, for the description of the routes. */

const unixTime = z.int().describe('seconds since 1970')

const openAiErrorSchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
})

const tokenSplit = z.object({ text_tokens: z.int(), image_tokens: z.int() })

export const imagesResponse = z.object({
  created: unixTime,
  data: z.array(z.object({ b64_json: z.string().optional(), url: z.string().optional() })),
  background: z.enum(['transparent', 'opaque']).optional(),
  output_format: z.enum(imageFormats).optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  usage: z.object({
    total_tokens: z.int(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    input_tokens_details: tokenSplit,
    output_tokens_details: tokenSplit,
  }),
})

export const modelSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: unixTime,
  owned_by: z.string(),
})
export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) })

const descriptions = {
  400: 'The request is not valid, nobody can do it as asked, or its content was refused',
  401: 'The key is missing or unknown',
  404: 'There is no such model or file',
  409: 'The same idempotency key is being worked on',
  413: 'The body is too large',
  415: 'The content type is not read here',
  429: 'A budget is spent (`insufficient_quota`), or providers ask to wait',
  500: 'A fault of ours',
  502: 'Every provider that was tried failed',
  503: 'A store is out of reach: repeat after `Retry-After`',
  504: 'Not ready in time; the work goes on under `x-halftone-job-id`',
} as const

export function openAiProblems(...statuses: (keyof typeof descriptions)[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: descriptions[status], content: { 'application/json': { schema: openAiErrorSchema } } },
    ]),
  )
}

/** A form's fields with its picture as a file. */
export function formDocument<S extends z.ZodRawShape>(schema: z.ZodObject<S>) {
  return schema.extend({ image: z.any().meta({ type: 'string', format: 'binary' }) })
}
