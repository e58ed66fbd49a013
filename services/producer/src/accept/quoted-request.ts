import { createHash } from 'node:crypto'
import { parseUsd, promptCeilingBytes } from '@halftone/contracts'
import { canonicalJson } from '../canonical-json.ts'
import { pointer } from '../schema-error.ts'
import type { ReadJob } from './prepare-job.ts'

/** What a job asks for, as far as it shapes the price, by the names of its fields. */
export type QuotedRequest = Record<string, unknown>

/** Longer ones count by the character: there a model's own limit may lie. */
const longPromptChars = 2_000

/**
 * Pictures count by their size and a mask by its pixels, so a quote made with a sketch of the mask holds for the real
 * one of the same area; seeds and prompts count by whether and how long.
 */
export function quotedRequest({ body, inputs, tag, askedDeadline }: ReadJob): QuotedRequest {
  const { routing, budget } = body
  const prompt = body.prompt ?? ''
  return {
    operation: body.operation,
    size: sizeOf(inputs),
    n: body.n,
    steps: body.steps ?? null,
    quality: body.quality,
    format: body.format ?? null,
    seed: body.seed !== undefined,
    mode: body.mode,
    background: body.background ?? null,
    output_compression: body.output_compression ?? null,
    moderation: body.moderation ?? null,
    input_fidelity: body.input_fidelity ?? null,
    partial_images: body.partial_images ?? null,
    image: inputs.images.map(sizeOf),
    mask: inputs.mask && { size: sizeOf(inputs.mask), masked_pixels: inputs.mask.maskedPixels },
    mask_template: inputs.mask?.template ?? null,
    edit_kind: body.edit_kind ?? null,
    prompt: {
      // charged alike, but for fractions of a cent where text is paid by the token
      bytes_up_to: promptCeilingBytes(prompt),
      characters: prompt.length > longPromptChars ? prompt.length : null,
    },
    content_type: tag.plausible.toSorted(),
    quality_floor: body.quality_floor ?? null,
    budget: {
      max_cost_per_image: exact(budget?.max_cost_per_image_usd),
      max_cost: exact(budget?.max_cost_usd),
    },
    latency: body.latency ?? null,
    deadline: askedDeadline?.toISOString() ?? null,
    run_at: body.run_at === undefined ? null : new Date(body.run_at).toISOString(),
    routing: {
      policy: routing.policy,
      compare_by: routing.compare_by,
      allow: routing.allow?.toSorted() ?? null,
      deny: routing.deny?.toSorted() ?? [],
      model: routing.model ?? null,
      batch: routing.batch,
    },
  }
}

export function digestOf(request: QuotedRequest): string {
  return createHash('sha256').update(canonicalJson(request)).digest('hex')
}

/** The fields in which the two differ, as JSON pointers into a job's body. */
export function differences(quoted: QuotedRequest, asked: QuotedRequest): string[] {
  return Object.keys(asked)
    .filter((field) => canonicalJson(quoted[field]) !== canonicalJson(asked[field]))
    .map((field) => pointer([field]))
}

function sizeOf({ width, height }: { width: number; height: number }): string {
  return `${width}x${height}`
}

/** "0.10" is "0.1". */
function exact(usd: string | undefined): string | null {
  return usd === undefined ? null : parseUsd(usd).toString()
}
