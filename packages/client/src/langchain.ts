import { RunnableLambda } from '@langchain/core/runnables'
import { StructuredTool, type ToolRunnableConfig } from '@langchain/core/tools'
import { HalftoneError } from './halftone-error.ts'
import type { FinishedJob, GenerateInput, ImageGenerationClient } from './image-generation-client.ts'

export interface HalftoneToolOptions {
  client: ImageGenerationClient
  /** Said of every job, and not the model's to change: budget, quality floor, metadata, … */
  job?: Partial<GenerateInput>
  /** Default 10 minutes. */
  timeoutMs?: number
  name?: string
  description?: string
}

/** What the model may say. */
export interface ImageToolInput {
  prompt: string
  size?: string
  n?: number
  quality?: 'low' | 'medium' | 'high'
}

const schema = {
  type: 'object' as const,
  properties: {
    prompt: { type: 'string' as const, description: 'What the picture shows, in full' },
    size: { type: 'string' as const, description: 'WIDTHxHEIGHT in pixels, like 1024x1024' },
    n: { type: 'integer' as const, minimum: 1, maximum: 10, description: 'How many pictures; 1 if left out' },
    quality: { type: 'string' as const, enum: ['low', 'medium', 'high'] },
  },
  required: ['prompt'],
  additionalProperties: false,
}

/**
 * Makes pictures, for agents. The model reads links and cost; the artifact of the tool message is the whole job, whose
 * pictures can be downloaded.
 */
export class HalftoneImageTool extends StructuredTool<
  typeof schema,
  ImageToolInput,
  ImageToolInput,
  [string, FinishedJob]
> {
  name: string
  description: string
  schema = schema
  override responseFormat = 'content_and_artifact' as const
  readonly #options: HalftoneToolOptions

  constructor(options: HalftoneToolOptions) {
    super()
    this.name = options.name ?? 'generate_image'
    this.description =
      options.description ??
      'Makes pictures from a description, and answers with their links and what they cost.'
    this.#options = options
  }

  protected override async _call(
    input: ImageToolInput,
    _manager?: unknown,
    config?: ToolRunnableConfig,
  ): Promise<[string, FinishedJob]> {
    const { client, job, timeoutMs } = this.#options
    const finished = await client
      .generate({ ...input, ...job }, { timeoutMs, signal: config?.signal })
      .catch(withCure)
    const { id, cost_usd, provider, model, images } = finished
    const shown = images.map(({ url, width, height }) => ({ url, width, height }))
    return [JSON.stringify({ images: shown, cost_usd, provider, model, job_id: id }), finished]
  }
}

/** A prompt, or a whole job, to its pictures: a step of a chain. */
export function createImageRunnable(
  options: Pick<HalftoneToolOptions, 'client' | 'job' | 'timeoutMs'>,
): RunnableLambda<string | GenerateInput, FinishedJob> {
  const { client, job, timeoutMs } = options
  return RunnableLambda.from(async (input: string | GenerateInput, config) =>
    client.generate(
      { ...(typeof input === 'string' ? { prompt: input } : input), ...job },
      { timeoutMs, signal: config?.signal },
    ),
  )
}

/** A model that reads what to do about it can do better. */
function withCure(error: unknown): never {
  if (error instanceof HalftoneError && error.next)
    throw new HalftoneError(`${error.message}: ${error.next}`, { ...error, cause: error })
  throw error
}
