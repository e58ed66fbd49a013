import type { ImageRequest, PriceComponent, PriceRule, QuoteRequest } from '@halftone/contracts'

/** The facts of a job that prices look at. Tokens and seconds are not in it: they are estimated, or known afterwards. */
export function toQuoteRequest(
  request: ImageRequest,
  quality: string | null,
  steps: number | null,
  batch = false,
): QuoteRequest {
  const { width, height, n, mode, images } = request
  return {
    width,
    height,
    n,
    mode,
    quality: quality ?? undefined,
    steps: steps ?? undefined,
    masked_pixels: maskedPixels(request),
    mask_template: request.maskTemplate ? 'predefined' : request.mask ? 'freehand' : undefined,
    input_images: images,
    // The first picture is the one that is edited; a variation has only references.
    reference_images: request.operation === 'edit' ? images.slice(1) : images,
    ...(batch ? { batch } : {}),
  }
}

/** For outpainting without a mask: the newly painted area. */
function maskedPixels({ mask, editKind, images, width, height }: ImageRequest): number | undefined {
  if (mask) return mask.maskedPixels
  const input = images[0]
  if (editKind !== 'outpaint' || !input) return undefined
  return Math.max(0, width * height - input.width * input.height)
}

export type TokenComponent = Extract<PriceComponent, { kind: 'per_token' }>

export function tokenComponents(rule: PriceRule): TokenComponent[] {
  return rule.components.filter((component) => component.kind === 'per_token')
}

/** Run times to quote with. A time is no ceiling: twice the p95 is held. null = no estimate in the rule. */
export function secondsOf(rule: PriceRule): { expected: number; worst: number } | null {
  const component = rule.components.find((candidate) => candidate.kind === 'per_second')
  if (!component) return null
  const { p50, p95 } = component.estimate_seconds
  const expected = p50 ?? p95
  return expected === undefined || p95 === undefined ? null : { expected, worst: 2 * p95 }
}
