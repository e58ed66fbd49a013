/** What an OpenAI image model takes. Whether it is sold at all, the price list says. */
export interface OpenaiModel {
  id: string
  sizes: 'three' | 'free' | 'squares'
  edits: boolean
  inputFidelity: readonly ('low' | 'high')[]
  /** Epoch seconds. */
  created: number
  shutdownDate?: string
}

const models: OpenaiModel[] = [
  {
    id: 'gpt-image-1-mini',
    sizes: 'three',
    edits: true,
    inputFidelity: ['low'],
    created: 1_759_708_800,
    shutdownDate: '2026-12-01',
  },
  {
    id: 'gpt-image-1.5',
    sizes: 'three',
    edits: true,
    inputFidelity: ['low', 'high'],
    created: 1_765_843_200,
    shutdownDate: '2026-12-01',
  },
  { id: 'gpt-image-2', sizes: 'free', edits: true, inputFidelity: [], created: 1_776_729_600 },
  { id: 'gpt-image-2.5-flare', sizes: 'free', edits: true, inputFidelity: [], created: 1_788_825_600 },
  { id: 'gpt-image-2.5-sunburst', sizes: 'free', edits: true, inputFidelity: [], created: 1_788_825_600 },
  // The reference text's model. It answers like a GPT image model; the text gives no price for its edits.
  { id: 'dall-e-4', sizes: 'squares', edits: false, inputFidelity: [], created: 1_767_225_600 },
]

/** A dated snapshot is the same model by another name. */
const snapshots: Record<string, string> = {
  'gpt-image-2-2026-04-21': 'gpt-image-2',
  'gpt-image-2.5-flare-2026-09-08': 'gpt-image-2.5-flare',
  'gpt-image-2.5-sunburst-2026-09-08': 'gpt-image-2.5-sunburst',
}

export function openaiModel(id: string): OpenaiModel | undefined {
  return models.find((model) => model.id === (snapshots[id] ?? id))
}

export const openaiModels: readonly OpenaiModel[] = models

/** The sizes that the older GPT image models are made in. */
export const threeSizes = ['1024x1024', '1024x1536', '1536x1024'] as const
const squares: readonly string[] = ['1024x1024', '2048x2048']
const edgeMultiple = 16
const ratioMax = 3
const edgeMax = 3_840
const pixelsMax = 3_840 * 2_160

/** Null = the model makes this size; otherwise why it does not. */
export function sizeFault(model: OpenaiModel, size: string): string | null {
  const [width = 0, height = 0] = size.split('x').map(Number)
  if (model.sizes === 'three')
    return threeSizes.some((each) => each === size)
      ? null
      : `Supported values are: ${threeSizes.map((each) => `'${each}'`).join(', ')}, and 'auto'.`
  if (model.sizes === 'squares')
    return squares.includes(size)
      ? null
      : `Supported values are: ${squares.map((each) => `'${each}'`).join(', ')}.`
  if (width % edgeMultiple || height % edgeMultiple)
    return `Width and height must be divisible by ${edgeMultiple}.`
  if (Math.max(width, height) > ratioMax * Math.min(width, height))
    return 'The aspect ratio must be between 1:3 and 3:1.'
  return Math.max(width, height) > edgeMax || width * height > pixelsMax
    ? 'The maximum supported resolution is 3840x2160.'
    : null
}
