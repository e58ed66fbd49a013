import type { ModelSpec } from '@halftone/contracts'
import { unreadable } from '../answer-error.ts'
import { askedFormat } from '../asked-format.ts'
import { decodeBase64 } from '../decode-base64.ts'
import { failure, unsendable } from '../failure.ts'
import type { HttpAnswer } from '../http.ts'
import type { Call, Result } from '../image-provider.ts'
import { type MaskForm, whiteMask } from '../mask/mask-form.ts'
import { wireMask } from '../mask/wire-mask.ts'
import { readJson } from '../read-json.ts'
import { sizeNames } from './gemini.ts'
import { predictAnswerSchema } from './wire.ts'

const provider = 'Google'

/** The body of Imagen's `predict`, for those who still have such a model. */
export async function imagenRequest(call: Call): Promise<Record<string, unknown>> {
  const { request, quality } = call
  if (request.steps !== null || request.mode !== 'standard' || quality !== null)
    throw unsendable(provider, 'no steps, mode or quality on this wire')
  const common = {
    sampleCount: request.n,
    outputOptions: { mimeType: `image/${askedFormat(call.spec, request)}` },
    // A seed is refused beside a watermark.
    ...(request.seed === null ? {} : { seed: request.seed, addWatermark: false }),
  }
  if (request.operation !== 'generate') return editRequest(call, common)
  const { aspectRatio, imageSize } = sizeNames(call)
  const size = { aspectRatio, ...(imageSize === undefined ? {} : { sampleImageSize: imageSize }) }
  return { instances: [{ prompt: request.prompt }], parameters: { ...common, ...size } }
}

async function editRequest(
  call: Call,
  parameters: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { request, images, mask } = call
  const editMode = editModes[request.editKind ?? 'inpaint']
  const [picture, ...others] = images
  if (editMode === undefined || !mask || !picture || others.length > 0)
    throw unsendable(provider, 'only a masked edit of one picture')
  const referenceImages = [
    { referenceType: 'REFERENCE_TYPE_RAW', referenceId: 1, referenceImage: encoded(picture) },
    {
      referenceType: 'REFERENCE_TYPE_MASK',
      referenceId: 2,
      referenceImage: encoded(await wireMask(provider, mask, whiteMask)),
      maskImageConfig: { maskMode: 'MASK_MODE_USER_PROVIDED', dilation: 0 },
    },
  ]
  return {
    instances: [{ prompt: request.prompt, referenceImages }],
    parameters: { ...parameters, editMode },
  }
}

const editModes: Record<string, string | undefined> = {
  inpaint: 'EDIT_MODE_INPAINT_INSERTION',
  erase: 'EDIT_MODE_INPAINT_REMOVAL',
}

/** Every pixel that is not black is edited, so there can be no grey. Gemini takes no mask. */
export function googleMask({ wire }: ModelSpec): MaskForm | null {
  return wire.api === 'predict' ? whiteMask : null
}

function encoded(bytes: Uint8Array): { bytesBase64Encoded: string } {
  return { bytesBase64Encoded: Buffer.from(bytes).toString('base64') }
}

/** Filtered pictures are missing, or a reason stands in their place; they are not charged. */
export function imagenResult(answer: HttpAnswer, n: number): Result {
  const wire = readJson(answer, predictAnswerSchema)
  if (!wire) throw unreadable(provider, answer)
  const predictions = wire.predictions ?? []
  const made = predictions.flatMap(({ bytesBase64Encoded }) => bytesBase64Encoded ?? [])
  if (made.length === 0) {
    const reasons = predictions.map(({ raiFilteredReason }) => raiFilteredReason ?? 'filtered').join('; ')
    const cause = new Error(reasons || 'every picture was filtered')
    throw failure(provider, 'content_policy', { billed: 'no', status: 200, cause })
  }
  const images = made.slice(0, n).map((text) => {
    const bytes = decodeBase64(text)
    if (!bytes) throw unreadable(provider, answer, new Error('the picture is not base64'))
    return bytes
  })
  return { images, usage: {} }
}
