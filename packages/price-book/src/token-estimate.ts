import {
  type ImageRequest,
  type PriceComponent,
  promptCeilingBytes,
  type TokenStream,
} from '@halftone/contracts'

export type TokenCounts = Partial<Record<TokenStream, number>>
type TokenComponent = Extract<PriceComponent, { kind: 'per_token' }>

/** What a provider may wrap around a prompt. Byte-level tokenizers never make more tokens than there are bytes. */
const promptSlackTokens = 256
/** The row of a token table for a model without a quality setting. */
export const anyQuality = 'any'
/** An estimate: 1,024 tokens for a 1024x1024 input. Providers publish no rule for it. */
const pixelsPerInputToken = 1_024
/** High-fidelity inputs were seen to cost about this much each; the bound must hold there too. */
const inputTokensCeiling = 6_500

/** What OpenAI's guide says of the first GPT image model: each picture of the work under way counts as so many. */
const partialImageTokens = 100

/** The guide's figures for a first input that is kept to closely. */
function fidelityTokens({ images, inputFidelity }: ImageRequest): number {
  const [first] = images
  if (inputFidelity !== 'high' || !first) return 0
  return first.width === first.height ? 4_160 : 6_240
}

/** What a call will probably use of each stream that the rule charges. A stream nobody can tell is left out. */
export function expectedTokens(
  components: readonly TokenComponent[],
  request: ImageRequest,
  quality: string | null,
): TokenCounts {
  return count(components, request, quality, {
    text: Math.ceil(request.prompt.length / 4),
    image: (estimate) =>
      request.images.reduce((sum, image) => sum + inputTokens(image, estimate), fidelityTokens(request)),
    bound: false,
  })
}

/** The most a call can use: this is what gets held. Pictures are exact, since quality and size are fixed. */
export function worstTokens(
  components: readonly TokenComponent[],
  request: ImageRequest,
  quality: string | null,
): TokenCounts {
  const pictures = request.mask ? [...request.images, request.mask] : request.images
  return count(components, request, quality, {
    text: promptCeilingBytes(request.prompt) + promptSlackTokens,
    image: () =>
      pictures.reduce((sum, image) => sum + Math.max(inputTokensCeiling, 4 * inputTokens(image)), 0),
    bound: true,
  })
}

function count(
  components: readonly TokenComponent[],
  request: ImageRequest,
  quality: string | null,
  inputs: { text: number; image(estimate: TokenComponent['estimate']): number; bound: boolean },
): TokenCounts {
  const tokens: TokenCounts = {}
  for (const { stream, estimate } of components) {
    if (stream === 'text_in')
      tokens.text_in =
        inputs.text + (estimate ? (tableTokens(estimate, request, quality, inputs.bound) ?? 0) : 0)
    if (stream === 'image_in') tokens.image_in = inputs.image(estimate)
    if (!estimate || stream === 'text_in' || stream === 'image_in') continue
    const perImage = tableTokens(estimate, request, quality, inputs.bound)
    const partials = stream === 'image_out' ? (request.partialImages ?? 0) * partialImageTokens : 0
    if (perImage !== null) tokens[stream] = perImage * request.n + partials
  }
  return tokens
}

/** With `bound` the most that it can be. null = the rule does not say. */
function tableTokens(
  estimate: NonNullable<TokenComponent['estimate']>,
  { width, height }: ImageRequest,
  quality: string | null,
  bound: boolean,
): number | null {
  const expected = outputTokens(estimate, quality ?? anyQuality, width, height)
  return bound && typeof estimate === 'object' ? (estimate.most ?? expected) : expected
}

/** As many as the rule says that any input picture has, else by its area. */
function inputTokens(
  image: { width: number; height: number },
  estimate?: TokenComponent['estimate'],
): number {
  const told = estimate ? outputTokens(estimate, anyQuality, image.width, image.height) : null
  if (told !== null) return told
  return Math.ceil((image.width * image.height) / pixelsPerInputToken)
}

/** Tokens of one picture; null where the estimate has no row for it. */
export function outputTokens(
  estimate: NonNullable<TokenComponent['estimate']>,
  quality: string,
  width: number,
  height: number,
): number | null {
  if (estimate === 'gpt-image-2') return gptImage2Tokens(quality, width, height)
  const bySize = estimate.tokens[quality]
  return bySize?.[`${width}x${height}`] ?? bySize?.any ?? null
}

const gridByQuality: Record<string, number> = { low: 16, medium: 48, high: 96 }

/** Found by users, and gives the list prices: not monotone, 1536x1024 is cheaper than 1024x1024. */
function gptImage2Tokens(quality: string, width: number, height: number): number | null {
  const longer = gridByQuality[quality]
  if (longer === undefined) return null
  const shorter = Math.round((longer * Math.min(width, height)) / Math.max(width, height))
  return Math.ceil((longer * shorter * (2_000_000 + width * height)) / 4_000_000)
}
