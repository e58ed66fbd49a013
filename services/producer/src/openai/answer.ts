import { type TokenStream, toUsd } from '@halftone/contracts'
import type { JobRow, StoredImage, WholeJob } from '@halftone/ledger'
import type { ImagesRequest } from './request.ts'

export type ResponseFormat = 'b64_json' | 'url'

/** How pictures are answered: as asked, else as OpenAI's own models of that name do. */
export function responseFormat({ kind, body }: ImagesRequest): ResponseFormat {
  if (body.response_format !== undefined) return body.response_format
  const legacy = /^(openai\/)?dall-e/.test(body.model) || (kind === 'variation' && body.model === 'auto')
  return legacy ? 'url' : 'b64_json'
}

/** One picture of a job, read or linked. */
export type ShownImage = { b64_json: string } | { url: string }

/** OpenAI's `ImagesResponse` of a job that succeeded. */
export function imagesAnswer(whole: WholeJob, images: readonly ShownImage[]) {
  const { job } = whole
  const first = job.images[0]
  const quality = qualityOf(whole)
  const background = job.body.background ?? (first?.format === 'jpeg' ? 'opaque' : undefined)
  return {
    created: createdAt(whole),
    data: images,
    ...(background === undefined ? {} : { background }),
    ...(first === undefined ? {} : { output_format: first.format, size: sizeOf(first) }),
    ...(quality === null ? {} : { quality }),
    usage: usageOf(whole),
  }
}

/** One event of a stream: a picture under way, or one that is ready. */
export function imageEvent(
  kind: 'partial_image' | 'completed',
  whole: Pick<WholeJob, 'job' | 'plan'>,
  image: Pick<StoredImage, 'width' | 'height' | 'format'>,
  b64_json: string,
) {
  const { job } = whole
  return {
    type: `${job.body.operation === 'generate' ? 'image_generation' : 'image_edit'}.${kind}`,
    b64_json,
    created_at: createdAt(whole),
    size: sizeOf(image),
    quality: qualityOf(whole) ?? 'auto',
    background: job.body.background ?? 'auto',
    output_format: image.format,
  }
}

/** What a client of ours may want to know, beside OpenAI's own answer. */
export function jobHeaders({ job }: Pick<WholeJob, 'job'>): Record<string, string> {
  return {
    'x-halftone-job-id': job.id,
    ...(job.provider === null ? {} : { 'x-halftone-provider': job.provider }),
    ...(job.model === null ? {} : { 'x-halftone-model': job.model }),
    ...(job.cost === null ? {} : { 'x-halftone-cost-usd': toUsd(job.cost) }),
  }
}

/**
 * The tokens that the provider counted. OpenAI's clients read the sums without asking whether there are any: where a
 * picture was not billed by the token, they are zero, and the cost is in the header.
 */
export function usageOf({ job }: { job: Pick<JobRow, 'images'> }) {
  const sum = (...streams: TokenStream[]) =>
    job.images.reduce(
      (all, { tokens }) => all + streams.reduce((one, stream) => one + (tokens?.[stream] ?? 0), 0),
      0,
    )
  const [text_tokens, image_tokens] = [sum('text_in', 'cached_text_in'), sum('image_in', 'cached_image_in')]
  const [text_out, image_out] = [sum('text_out', 'reasoning_out'), sum('image_out')]
  const input_tokens = text_tokens + image_tokens
  const output_tokens = text_out + image_out
  return {
    total_tokens: input_tokens + output_tokens,
    input_tokens,
    output_tokens,
    input_tokens_details: { text_tokens, image_tokens },
    output_tokens_details: { text_tokens: text_out, image_tokens: image_out },
  }
}

function createdAt({ job }: Pick<WholeJob, 'job'>): number {
  return Math.floor((job.finishedAt ?? job.createdAt).getTime() / 1_000)
}

function sizeOf({ width, height }: { width: number; height: number }): string {
  return `${width}x${height}`
}

const told: readonly string[] = ['low', 'medium', 'high']

/** The quality that was bought; null where the model has no such setting. */
function qualityOf({ job, plan }: Pick<WholeJob, 'job' | 'plan'>): string | null {
  const quality = plan?.choice?.quality_asked ?? job.body.quality
  return told.includes(quality) ? quality : null
}
