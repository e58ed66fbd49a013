import { unreadable } from '../answer-error.ts'
import { decodeBase64 } from '../decode-base64.ts'
import { failure, unsendable } from '../failure.ts'
import type { HttpAnswer } from '../http.ts'
import type { Call, ProviderError, Result, Usage } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { sentPrompt } from '../sent-prompt.ts'
import { billedBy, readUsage } from './usage.ts'
import { generateAnswerSchema, type WireCandidate } from './wire.ts'

const provider = 'Google'
const seedMax = 2 ** 31 - 1

/**
 * The body of `generateContent`; a line of a batch holds the same. The size goes by names: "16:9", or "16:9 2K" where
 * the model has several sizes of a shape.
 */
export function geminiRequest(call: Call): Record<string, unknown> {
  const { request, quality } = call
  if (request.n !== 1) throw unsendable(provider, 'one picture per call')
  if (request.steps !== null || request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no steps, mode or quality on this wire')
  if (call.mask) throw unsendable(provider, 'no mask on this wire')
  if ((request.seed ?? 0) > seedMax) throw unsendable(provider, `no seed above ${seedMax}`)
  const parts = call.images.map((bytes, index) => ({
    inlineData: {
      mimeType: `image/${request.images[index]?.format ?? 'png'}`,
      data: Buffer.from(bytes).toString('base64'),
    },
  }))
  const { aspectRatio, imageSize } = sizeNames(call)
  return {
    contents: [{ role: 'user', parts: [{ text: sentPrompt(request) }, ...parts] }],
    generationConfig: {
      responseModalities: ['IMAGE'],
      imageConfig: { aspectRatio, ...(imageSize === undefined ? {} : { imageSize }) },
      ...(request.seed === null ? {} : { seed: request.seed }),
    },
  }
}

/** Without a name in the catalogue for this size there is no way to ask for it. */
export function sizeNames({ spec, request }: Pick<Call, 'spec' | 'request'>): {
  aspectRatio: string
  imageSize: string | undefined
} {
  const sizes = spec.operations[request.operation]?.sizes
  const size = `${request.width}x${request.height}`
  const name = sizes?.kind === 'list' ? sizes.names?.[size] : undefined
  const [aspectRatio, imageSize] = name?.split(' ') ?? []
  if (aspectRatio === undefined) throw unsendable(provider, `no aspect ratio for ${size}`)
  return { aspectRatio, imageSize }
}

/** A 200 may be a picture, a refusal in any of three forms, or neither. What it used is billed all the same. */
export function geminiResult(answer: HttpAnswer): Result {
  const wire = readJson(answer, generateAnswerSchema)
  if (!wire) throw unreadable(provider, answer)
  const usage = wire.usageMetadata ? readUsage(wire.usageMetadata) : null
  const blockReason = wire.promptFeedback?.blockReason
  const [candidate] = wire.candidates ?? []
  if (!candidate) {
    if (!blockReason) throw unreadable(provider, answer)
    throw withoutPicture('content_policy', usage, 'no', `prompt blocked: ${blockReason}`)
  }
  const images = pictureParts(candidate).map(({ inlineData }) => {
    const bytes = decodeBase64(inlineData?.data ?? '')
    if (!bytes) throw withoutPicture('bad_answer', usage, 'unknown', 'the picture is not base64')
    return bytes
  })
  if (images.length === 0) throw endedWithoutPicture(candidate, usage)
  return { images: images.slice(0, 1), usage: usage ?? {} }
}

function pictureParts({ content }: WireCandidate) {
  return (content?.parts ?? []).filter((part) => part.inlineData && part.thought !== true)
}

function endedWithoutPicture(candidate: WireCandidate, usage: Usage | null): ProviderError {
  const { content, finishReason, finishMessage } = candidate
  const words = (content?.parts ?? []).map(({ text }) => text ?? '').join(' ')
  const why = `${finishReason}: ${finishMessage ?? words}`.slice(0, 500)
  switch (finishReason) {
    case 'SAFETY':
    case 'PROHIBITED_CONTENT':
    case 'BLOCKLIST':
    case 'SPII':
    case 'RECITATION':
    case 'IMAGE_SAFETY':
    case 'IMAGE_PROHIBITED_CONTENT':
    case 'IMAGE_RECITATION':
      return withoutPicture('content_policy', usage, 'unknown', why)
    case 'STOP':
      // It answers in prose when it would rather not.
      return withoutPicture(words.trim() === '' ? 'bad_answer' : 'content_policy', usage, 'unknown', why)
    default:
      // NO_IMAGE, IMAGE_OTHER, OTHER, MAX_TOKENS, MALFORMED_RESPONSE, and what is to come.
      return withoutPicture('bad_answer', usage, 'unknown', why)
  }
}

function withoutPicture(
  code: 'content_policy' | 'bad_answer',
  usage: Usage | null,
  otherwise: 'no' | 'unknown',
  why: string,
): ProviderError {
  const billed = usage ? billedBy(usage) : otherwise
  return failure(provider, code, { billed, usage, status: 200, cause: new Error(why) })
}
