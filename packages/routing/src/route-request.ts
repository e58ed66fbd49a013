import {
  type ContentType,
  contentTypeGroups,
  contentTypes,
  type Floors,
  type ImageRequest,
  type InputImage,
  type InputMask,
  type JobBody,
  type Nano,
  parseUsd,
  type Tag,
} from '@halftone/contracts'
import type { RouteRequest } from './types.ts'

/** The pictures of a job as the artifact store knows them, and the size of the answer. */
export interface Inputs {
  width: number
  height: number
  images: InputImage[]
  mask: InputMask | null
}

export function toImageRequest(body: JobBody, inputs: Inputs): ImageRequest {
  return {
    operation: body.operation,
    prompt: body.prompt ?? '',
    width: inputs.width,
    height: inputs.height,
    n: body.n,
    steps: body.steps ?? null,
    quality: body.quality,
    format: body.format ?? null,
    seed: body.seed ?? null,
    mode: body.mode,
    editKind: body.edit_kind ?? null,
    selectPrompt: body.select_prompt ?? null,
    background: body.background ?? null,
    outputCompression: body.output_compression ?? null,
    moderation: body.moderation ?? null,
    inputFidelity: body.input_fidelity ?? null,
    partialImages: body.partial_images ?? 0,
    images: inputs.images,
    mask: inputs.mask,
    maskTemplate: inputs.mask?.template ?? null,
  }
}

/**
 * What routing needs of a job. Without a tag the caller's hint speaks; without both no quality floor applies yet.
 * `maxTotal` is the most that the job's hold and budgets allow; the job's own limit counts too.
 */
export function toRouteRequest(
  body: JobBody,
  inputs: Inputs,
  tag: Tag | null,
  extra: { dueMs: number; avoid: readonly string[]; maxTotal: Nano | null; floors?: Floors },
): RouteRequest {
  const { routing, budget, latency } = body
  return {
    request: toImageRequest(body, inputs),
    plausible: tag?.plausible ?? hinted(body.content_type),
    qualityFloor: body.quality_floor ?? null,
    ...(extra.floors ? { floors: extra.floors } : {}),
    maxPerImage:
      budget?.max_cost_per_image_usd === undefined ? null : parseUsd(budget.max_cost_per_image_usd),
    maxTotal: least(
      budget?.max_cost_usd === undefined ? null : parseUsd(budget.max_cost_usd),
      extra.maxTotal,
    ),
    latency: latency ? { maxMs: latency.max_ms, onMiss: latency.on_miss } : null,
    dueMs: extra.dueMs,
    policy: routing.policy,
    compareBy: routing.compare_by,
    allow: routing.allow ?? null,
    deny: routing.deny ?? [],
    model: routing.model ?? null,
    batch: routing.batch,
    avoid: extra.avoid,
  }
}

function hinted(hint: string | undefined): readonly ContentType[] {
  if (hint === undefined) return []
  return contentTypeGroups[hint] ?? contentTypes.filter((label) => label === hint)
}

function least(a: Nano | null, b: Nano | null): Nano | null {
  if (a === null || b === null) return a ?? b
  return a < b ? a : b
}
