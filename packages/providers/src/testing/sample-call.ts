import type { ImageRequest, ModelSpec } from '@halftone/contracts'
import { sampleRequest } from '@halftone/contracts/testing'
import sharp from 'sharp'
import type { Call } from '../image-provider.ts'

/** A model that can do much; a test changes what it is about. */
export function specOf(change: Partial<ModelSpec>): ModelSpec {
  return {
    provider: 'sample',
    model: 'sample-1',
    operations: {
      generate: { sizes: { kind: 'list', list: ['1024x1024'] }, n_max: 4, mask: 'none', images_max: 0 },
    },
    qualities: [],
    default_quality: null,
    steps: null,
    seed: true,
    modes: ['standard'],
    formats: ['png', 'jpeg'],
    prompt_max_chars: 10_000,
    retires_on: null,
    latency_hint_ms: { p50: 1_000, p95: 2_000 },
    quality: {},
    quality_default: 0.8,
    wire: {},
    as_of: '2026-11-22',
    sources: ['sample'],
    ...change,
  }
}

function requestOf(change: Partial<ImageRequest> = {}): ImageRequest {
  return sampleRequest({ prompt: 'a lighthouse at dusk', ...change })
}

export function callOf(
  spec: ModelSpec,
  request: Partial<ImageRequest> = {},
  change: Partial<Call> = {},
): Call {
  return {
    attemptId: 'att_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0',
    spec,
    request: requestOf(request),
    quality: null,
    images: [],
    mask: null,
    callbackUrl: null,
    signal: new AbortController().signal,
    ...change,
  }
}

/** A canonical mask of one row. */
export function maskOf(values: number[]): Promise<Buffer> {
  return sharp(Buffer.from(values), { raw: { width: values.length, height: 1, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** An input picture as the artifact store knows it. */
export function inputImage(width: number, height: number): ImageRequest['images'][number] {
  return { fileId: 'file_1', sha256: '00'.repeat(32), width, height, format: 'png' }
}
