import { AppError, type ModelSpec } from '@halftone/contracts'
import type { Routed, RouteRequest } from '@halftone/routing'
import { nearestSizes } from './nearest-sizes.ts'
import { nameOf, pictureSize, type Wish, wishes } from './wishes.ts'

export interface Search {
  models: readonly ModelSpec[]
  /** The plan on an idle, healthy market. */
  plan(route: RouteRequest): Routed
}

const sizesTried = 24
const sizesNamed = 3

/**
 * Says why nobody can do a job, by lifting one wish at a time until somebody can. So the refusal names the field
 * to change and the figure that would do, such as the cheapest price known.
 */
export function whyNobody(route: RouteRequest, asked: Routed, search: Search): AppError {
  for (const wish of wishes) {
    const refusal = without(wish, route, search)
    if (refusal) return refusal
  }
  return wrongSize(route, search) ?? without(pictureSize, route, search) ?? noProvider(asked)
}

function without(wish: Wish, route: RouteRequest, search: Search): AppError | null {
  const lifted = wish.lift(route)
  if (!lifted) return null
  const routed = search.plan(lifted)
  return routed.choice && !routed.latencyMissed ? wish.refusal(route, routed.ranked) : null
}

/** Every size is tried on the market before it is named. */
function wrongSize(route: RouteRequest, search: Search): AppError | null {
  const { request } = route
  const possible: string[] = []
  const nearest = nearestSizes(search.models, request.operation, request).slice(0, sizesTried)
  // many edits answer in the size of their picture
  for (const { width, height } of [...request.images.slice(0, 1), ...nearest]) {
    if (possible.length === sizesNamed) break
    const size = { width, height }
    if (search.plan({ ...route, request: { ...request, ...size } }).choice)
      possible.push(`${width}x${height}`)
  }
  if (possible.length === 0) return null
  return new AppError('impossible', `nobody can make ${request.width}x${request.height} as asked`, {
    field: '/size',
    limit: possible.join(', '),
    next: `ask for one of the nearest sizes: ${possible.join(', ')}`,
  })
}

function noProvider(asked: Routed): AppError {
  const reasons = [...new Set(asked.excluded.map((candidate) => `${nameOf(candidate)}: ${candidate.reason}`))]
  const some = reasons.slice(0, 5).join('; ')
  return new AppError('no_provider', `nobody can do this as asked${some ? ` (${some})` : ''}`, {
    next: 'GET /v1/prices and /v1/providers show who can do what',
  })
}
