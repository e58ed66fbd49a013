import multipart from '@fastify/multipart'
import { AppError, limits } from '@halftone/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { App } from '../../app.ts'
import { answerImages } from '../../openai/answer-images.ts'
import { parseRequest } from '../../openai/parse-request.ts'
import { formBytesMax, formLimits, readImagesForm, typedFields } from '../../openai/read-form.ts'
import {
  formEditSchema,
  formVariationSchema,
  generationSchema,
  type ImagesRequest,
  jsonEditSchema,
  readImagesRequest,
} from '../../openai/request.ts'
import { formDocument, imagesResponse, openAiProblems } from '../../openai/schemas.ts'
import type { ProducerParts } from '../../parts.ts'
import { bearer } from '../schemas.ts'

const tags = ['openai']
/** The schemas are for readers: what is wrong is said in OpenAI's words. */
const unread = () => (body: unknown) => ({ value: body })

/** OpenAI's images API. `door`: where it is registered, as its operations need names of their own. */
export function openAiImageRoutes(door: string) {
  return (app: App, parts: ProducerParts): void => {
    const answer = (
      asked: ImagesRequest,
      attached: ReadonlyMap<string, Uint8Array>,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => answerImages(parts, asked, attached, { request, reply })
    const response = {
      200: imagesResponse,
      ...openAiProblems(400, 401, 404, 409, 413, 415, 429, 500, 502, 503, 504),
    }

    app.route({
      method: 'POST',
      url: '/images/generations',
      schema: {
        operationId: `generateImages${door}`,
        summary: 'Make pictures (OpenAI)',
        tags,
        security: bearer,
        body: generationSchema,
        response,
      },
      validatorCompiler: unread,
      handler: async (request, reply) =>
        answer(readImagesRequest('generation', request.body), new Map(), request, reply),
    })

    app.register(async (forms: App) => {
      forms.register(multipart, { throwFileSizeLimit: true, limits: formLimits })
      const form = {
        bodyLimit: formBytesMax + limits.jobBytes,
        validatorCompiler: unread,
      }
      forms.route({
        method: 'POST',
        url: '/images/edits',
        ...form,
        schema: {
          operationId: `editImages${door}`,
          summary: 'Edit pictures (OpenAI)',
          description:
            'As a form with files, or as JSON with `images` and `mask` by URL, data URI or file id.',
          tags,
          security: bearer,
          consumes: ['application/json', 'multipart/form-data'],
          body: jsonEditSchema,
          response,
        },
        handler: async (request, reply) => {
          if (!request.isMultipart()) {
            refuseLargeJson(request.bodyBytes)
            return answer(readImagesRequest('json-edit', request.body), new Map(), request, reply)
          }
          const { body, attached } = await readForm(formEditSchema, request)
          return answer({ kind: 'form-edit', body }, attached, request, reply)
        },
      })
      forms.route({
        method: 'POST',
        url: '/images/variations',
        ...form,
        schema: {
          operationId: `varyImages${door}`,
          summary: 'Vary a picture (OpenAI)',
          tags,
          security: bearer,
          consumes: ['multipart/form-data'],
          body: formDocument(formVariationSchema),
          response,
        },
        handler: async (request, reply) => {
          if (!request.isMultipart())
            throw new AppError('unsupported_media_type', 'a variation is asked for by a form', {
              field: '/content-type',
              next: 'send multipart/form-data with the picture in "image"',
            })
          const { body, attached } = await readForm(formVariationSchema, request)
          return answer({ kind: 'variation', body }, attached, request, reply)
        },
      })
    })
  }
}

async function readForm<T>(schema: z.ZodType<T>, request: FastifyRequest) {
  const { fields, attached } = await readImagesForm(request)
  return { body: parseRequest(schema, typedFields(schema, fields)), attached }
}

function refuseLargeJson(bytes: number): void {
  if (bytes <= limits.jobWithDataUriBytes) return
  throw new AppError('too_large', `a JSON body has at most ${limits.jobWithDataUriBytes} bytes`, {
    limit: limits.jobWithDataUriBytes,
    next: 'send the pictures as files of a form, or upload them first',
  })
}
