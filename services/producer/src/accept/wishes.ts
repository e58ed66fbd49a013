import { AppError, type Candidate, type Nano, toUsd } from '@halftone/contracts'
import type { RouteRequest } from '@halftone/routing'

const longMs = 30 * 24 * 3_600_000

/** Something that a request asks for and that may be too much. */
export interface Wish {
  /** The same request without this wish; null if it was not made. */
  lift(route: RouteRequest): RouteRequest | null
  refusal(route: RouteRequest, ranked: readonly Candidate[]): AppError
}

const budget: Wish = {
  lift: (route) =>
    route.maxPerImage === null && route.maxTotal === null
      ? null
      : { ...route, maxPerImage: null, maxTotal: null },
  refusal(route, ranked) {
    // limits hold for the worst case
    const cheapest = least(ranked, (candidate) => Number(candidate.worst_nano))
    const total = cheapest.worst_nano ?? 0n
    const n = BigInt(route.request.n)
    const perImage = (total + n - 1n) / n
    if (route.maxPerImage !== null && perImage > route.maxPerImage)
      return tooDear('/budget/max_cost_per_image_usd', route.maxPerImage, perImage, 'an image', cheapest)
    return tooDear('/budget/max_cost_usd', route.maxTotal ?? 0n, total, 'for the whole job', cheapest)
  },
}

function tooDear(field: string, limit: Nano, price: Nano, unit: string, cheapest: Candidate): AppError {
  return new AppError(
    'impossible',
    `the cheapest that can do this is ${nameOf(cheapest)} at $${toUsd(price)} ${unit}; your limit is $${toUsd(limit)}`,
    {
      field,
      limit: toUsd(limit),
      next: `raise the limit to at least "${toUsd(price)}", or ask for a smaller size or a lower quality`,
      extra: { cheapest_usd: toUsd(price), cheapest: nameOf(cheapest) },
    },
  )
}

const latency: Wish = {
  lift: (route) => route.latency && { ...route, latency: null },
  refusal(route, ranked) {
    const fastest = least(ranked, (candidate) => candidate.expected_ms)
    const allowed = route.latency?.maxMs ?? 0
    return new AppError(
      'impossible',
      `the fastest that can do this is ${nameOf(fastest)} in about ${seconds(fastest.expected_ms)}; ${seconds(allowed)} is allowed`,
      {
        field: '/latency/max_ms',
        limit: allowed,
        next: `allow at least ${Math.ceil(fastest.expected_ms)} ms, or ask for a smaller size`,
      },
    )
  },
}

const deadline: Wish = {
  lift: (route) => (route.dueMs < longMs ? { ...route, dueMs: longMs } : null),
  refusal(route, ranked) {
    const fastest = least(ranked, (candidate) => candidate.expected_ms)
    return new AppError(
      'deadline_exceeded',
      `the fastest that can do this is ${nameOf(fastest)} in about ${seconds(fastest.expected_ms)}; the deadline is ${seconds(route.dueMs)} away`,
      { field: '/deadline', limit: Math.round(route.dueMs), next: 'set a later deadline' },
    )
  },
}

const qualityFloor = simple(
  '/quality_floor',
  (route) => (route.qualityFloor === null ? null : { ...route, qualityFloor: 0 }),
  (route) => `no model reaches a quality of ${route.qualityFloor} here`,
)

/** In the order in which they are lifted: money first. */
export const wishes: readonly Wish[] = [
  budget,
  latency,
  deadline,
  qualityFloor,
  ofRequest('n', '/n', (request) => (request.n > 1 ? { n: 1 } : null), 'so many images in one call'),
  ofRequest(
    'steps',
    '/steps',
    (request) => (request.steps === null ? null : { steps: null }),
    'that many steps',
  ),
  ofRequest('seed', '/seed', (request) => (request.seed === null ? null : { seed: null }), 'a seed'),
  ofRequest(
    'quality',
    '/quality',
    (request) => (request.quality === 'auto' ? null : { quality: 'auto' }),
    'that quality',
  ),
  ofRequest(
    'mode',
    '/mode',
    (request) => (request.mode === 'standard' ? null : { mode: 'standard' }),
    'that mode',
  ),
  ofRequest(
    'format',
    '/format',
    (request) => (request.format === null ? null : { format: null }),
    'that format',
  ),
  ofRequest(
    'background',
    '/background',
    (request) => (request.background ? { background: null } : null),
    'that background',
  ),
  ofRequest(
    'outputCompression',
    '/output_compression',
    (request) => (typeof request.outputCompression === 'number' ? { outputCompression: null } : null),
    'that compression',
  ),
  ofRequest(
    'moderation',
    '/moderation',
    (request) => (request.moderation ? { moderation: null } : null),
    'that moderation',
  ),
  ofRequest(
    'inputFidelity',
    '/input_fidelity',
    (request) => (request.inputFidelity ? { inputFidelity: null } : null),
    'that input fidelity',
  ),
  ofRequest(
    'editKind',
    '/edit_kind',
    (request) => (request.editKind === null ? null : { editKind: null }),
    'that edit',
  ),
  ofRequest(
    'selectPrompt',
    '/select_prompt',
    (request) => (request.selectPrompt ? { selectPrompt: null } : null),
    'a search by words',
  ),
  ofRequest(
    'maskTemplate',
    '/mask_template',
    (request) => (request.maskTemplate === null ? null : { maskTemplate: null }),
    'that mask template',
  ),
  ofRequest('mask', '/mask', (request) => (request.mask === null ? null : { mask: null }), 'a mask'),
  simple(
    '/routing/batch',
    (route) => (route.batch === 'only' ? { ...route, batch: 'auto' } : null),
    () => 'nobody offers a batch tier for this',
  ),
  simple(
    '/routing/model',
    (route) => (route.model === null ? null : { ...route, model: null }),
    (route) => `${route.model} cannot do this`,
  ),
  simple(
    '/routing/allow',
    (route) => (route.allow === null ? null : { ...route, allow: null }),
    () => 'none of those that you allow can do this',
  ),
  simple(
    '/routing/deny',
    (route) => (route.deny.length === 0 ? null : { ...route, deny: [] }),
    () => 'those that could do this are all denied',
  ),
]

/** Lifted last: it changes what the picture is, not only what is asked of it. */
export const pictureSize: Wish = simple(
  '/image',
  usualPicture,
  ({ request: { images } }) => `nobody does this with a picture of ${images[0]?.width}x${images[0]?.height}`,
)

/** The same with pictures of a size that everybody takes. */
function usualPicture(route: RouteRequest): RouteRequest | null {
  const { images, mask } = route.request
  if (images.length === 0) return null
  const size = { width: 1024, height: 1024 }
  const resized = {
    images: images.map((image) => ({ ...image, ...size })),
    mask: mask && { ...mask, ...size },
  }
  return { ...route, request: { ...route.request, ...size, ...resized } }
}

function simple(field: string, lift: Wish['lift'], words: (route: RouteRequest) => string): Wish {
  return {
    lift,
    refusal: (route, ranked) =>
      new AppError('impossible', `${words(route)}; ${nameOf(ranked[0]!)} could without that wish`, {
        field,
        next: 'leave this field out, or change it',
      }),
  }
}

function ofRequest<K extends keyof RouteRequest['request']>(
  key: K,
  field: string,
  lifted: (request: RouteRequest['request']) => Partial<RouteRequest['request']> | null,
  words: string,
): Wish {
  const wish = simple(
    field,
    (route) => {
      const change = lifted(route.request)
      return change && { ...route, request: { ...route.request, ...change } }
    },
    () => `nobody can do ${words} together with the rest`,
  )
  return {
    lift: wish.lift,
    refusal(route, ranked) {
      const { code, message, detail } = wish.refusal(route, ranked)
      const value = route.request[key]
      return new AppError(code, message, { ...detail, limit: typeof value === 'number' ? value : undefined })
    },
  }
}

function least(ranked: readonly Candidate[], by: (candidate: Candidate) => number): Candidate {
  return ranked.reduce((best, candidate) => (by(candidate) < by(best) ? candidate : best))
}

export function nameOf(candidate: Candidate): string {
  return `${candidate.provider}/${candidate.model}`
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`
}
