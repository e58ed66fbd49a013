import { promptCeilingBytes } from '@halftone/contracts'
import type { RouteRequest } from './types.ts'

/** Longer prompts count by the character: only there can a model's limit lie. */
const alwaysAllowedChars = 2_000

/**
 * Two jobs with equal keys get the same plan from the same market (unless the plan was drawn). Everything that may
 * change the choice or its price is in it; prompts only by their length, pictures and seeds only by what routing sees.
 * Round `dueMs` down first: the time left differs from job to job.
 */
export function shapeKey(route: RouteRequest): string {
  const { request, latency } = route
  return JSON.stringify([
    request.operation,
    request.width,
    request.height,
    request.n,
    request.steps,
    request.quality,
    request.format,
    request.seed !== null,
    request.mode,
    request.editKind,
    Boolean(request.selectPrompt),
    request.background ?? null,
    typeof request.outputCompression === 'number',
    request.moderation ?? null,
    request.inputFidelity ?? null,
    request.partialImages ?? 0,
    request.maskTemplate,
    request.mask && [request.mask.width, request.mask.height, request.mask.maskedPixels],
    request.images.map(({ width, height }) => [width, height]),
    promptCeilingBytes(request.prompt),
    request.prompt.length > alwaysAllowedChars ? request.prompt.length : 0,
    [...route.plausible].sort(),
    route.qualityFloor,
    route.floors && Object.entries(route.floors).sort(),
    String(route.maxPerImage),
    String(route.maxTotal),
    latency && [latency.maxMs, latency.onMiss],
    route.dueMs,
    route.policy,
    route.compareBy,
    route.allow && [...route.allow].sort(),
    [...route.deny].sort(),
    route.model,
    route.batch,
    [...route.avoid].sort(),
    [...(route.probes ?? [])].sort(),
    route.quote && [String(route.quote.within)],
  ])
}
