import type { ImageModel } from 'ai'
import { HalftoneError } from './halftone-error.ts'
import {
  type ClientOptions,
  type FinishedJob,
  type GenerateInput,
  ImageGenerationClient,
  type Picture,
  type RunOptions,
} from './image-generation-client.ts'

type ImageModelV4 = Extract<ImageModel, { specificationVersion: 'v4' }>
type CallOptions = Parameters<ImageModelV4['doGenerate']>[0]
type Result = Awaited<ReturnType<ImageModelV4['doGenerate']>>
type InputFile = NonNullable<CallOptions['mask']>

/** `providerOptions.halftone`: any field of a job, such as `budget`, `latency`, `content_type`, `metadata`. */
export type HalftoneImageOptions = Omit<GenerateInput, 'prompt' | 'size' | 'n' | 'seed'> & {
  /** How long to wait for the pictures. Default 10 minutes. */
  timeout_ms?: number
}

export interface HalftoneProvider {
  readonly specificationVersion: 'v4'
  /** `auto` lets Halftone choose; any model of the catalogue, such as `openai/gpt-image-2`, is taken as it is. */
  image(modelId: 'auto' | (string & {})): ImageModelV4
  imageModel(modelId: string): ImageModelV4
  languageModel(modelId: string): never
  embeddingModel(modelId: string): never
}

/** Halftone as a provider of the AI SDK: `generateImage({ model: halftone.image('auto'), … })`. */
export function createHalftone(options: ClientOptions): HalftoneProvider {
  const client = new ImageGenerationClient(options)
  const image = (modelId: string): ImageModelV4 => ({
    specificationVersion: 'v4',
    provider: 'halftone',
    modelId,
    maxImagesPerCall: 10,
    supportsFileInputs: true,
    supportsMaskInputs: true,
    doGenerate: (call) => generate(client, modelId, call),
  })
  return {
    specificationVersion: 'v4',
    image,
    imageModel: image,
    languageModel: (modelId) => noSuchModel(modelId, 'language'),
    embeddingModel: (modelId) => noSuchModel(modelId, 'embedding'),
  }
}

async function generate(client: ImageGenerationClient, modelId: string, call: CallOptions): Promise<Result> {
  const { prompt, n, size, seed, abortSignal: signal } = call
  const { timeout_ms: timeoutMs, routing, ...options } = halftoneOptions(call)
  const job = {
    ...options,
    ...{ prompt, n, size, seed },
    routing: modelId === 'auto' ? routing : { ...routing, model: modelId },
  }
  const finished = await run(client, job, call, { timeoutMs, signal })
  return {
    images: await Promise.all(finished.images.map((image) => image.download({ signal }))),
    warnings: call.aspectRatio
      ? [{ type: 'unsupported', feature: 'aspectRatio', details: 'give a size in pixels, such as 1536x1024' }]
      : [],
    providerMetadata: {
      halftone: { images: finished.images.map((image) => factsOf(image, finished)) },
    },
    response: {
      timestamp: new Date(finished.finished_at ?? finished.created_at),
      modelId: `${finished.provider}/${finished.model}`,
      headers: { 'x-halftone-job-id': finished.id },
    },
  }
}

/** With pictures it is an edit; without a prompt, others like them. */
function run(
  client: ImageGenerationClient,
  job: GenerateInput,
  { files = [], mask }: CallOptions,
  options: RunOptions,
): Promise<FinishedJob> {
  if (files.length === 0 && !mask) return client.generate(job, options)
  const image = files.map(sourceOf)
  if (!job.prompt && !mask) return client.vary({ ...job, image }, options)
  return client.edit({ ...job, image, mask: mask && sourceOf(mask) }, options)
}

/** The SDK's merged metadata keeps what stands at each picture and nothing else. */
function factsOf({ file_id, url, width, height, format }: Picture, job: FinishedJob) {
  const { id, cost_usd, provider, model, simulated } = job
  return {
    ...{ file_id, url, width, height, format },
    ...{ job_id: id, job_cost_usd: cost_usd, provider, model, simulated },
  }
}

/** The server names every field that it does not know. */
function halftoneOptions(call: CallOptions): HalftoneImageOptions {
  return { ...call.providerOptions.halftone }
}

function sourceOf(file: InputFile): string | Uint8Array<ArrayBuffer> {
  if (file.type === 'url') return file.url
  if (typeof file.data === 'string') return Uint8Array.from(atob(file.data), (char) => char.charCodeAt(0))
  return new Uint8Array(file.data)
}

function noSuchModel(modelId: string, kind: string): never {
  throw new HalftoneError(`${modelId}: Halftone has no ${kind} models`, {
    code: 'not_found',
    next: 'use image() or imageModel()',
  })
}
