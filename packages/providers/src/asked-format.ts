import type { ImageFormat, ImageRequest, ModelSpec } from '@halftone/contracts'

/**
 * The format to ask the provider for: the caller's, if the model has it. Otherwise the answer will be transcoded,
 * which takes a lossless one; with no wish at all, the model's first.
 */
export function askedFormat(spec: ModelSpec, request: ImageRequest): ImageFormat {
  const first = spec.formats[0] ?? 'png'
  if (request.format === null) return first
  if (spec.formats.includes(request.format)) return request.format
  return spec.formats.includes('png') ? 'png' : first
}
