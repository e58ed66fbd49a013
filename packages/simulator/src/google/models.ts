/** What a Gemini image model takes. Whether it is sold at all, the price list says. */
export interface GeminiModel {
  id: string
  imageSizes: readonly ImageSize[]
  /** Tokens of one picture that goes in. */
  inputTokens: number
  /** It thinks first, which cannot be switched off: drafts in its answer, tokens on its bill. */
  thinks: boolean
}

export const imageSizes = ['512', '1K', '2K', '4K'] as const
export type ImageSize = (typeof imageSizes)[number]

/** The width and height that each shape has at 1K; 2K and 4K double and quadruple them. */
const shapes = {
  '1:1': [1024, 1024],
  '2:3': [848, 1264],
  '3:2': [1264, 848],
  '3:4': [896, 1200],
  '4:3': [1200, 896],
  '4:5': [928, 1152],
  '5:4': [1152, 928],
  '9:16': [768, 1376],
  '16:9': [1376, 768],
  '21:9': [1584, 672],
} as const satisfies Record<string, readonly [number, number]>
export type Shape = keyof typeof shapes
export const shapeNames = Object.keys(shapes) as [Shape, ...Shape[]]

const models: GeminiModel[] = [
  { id: 'gemini-nano-banana-2.1', imageSizes, inputTokens: 1_120, thinks: false },
  { id: 'gemini-3.1-flash-lite-image', imageSizes: ['1K'], inputTokens: 1_120, thinks: false },
  { id: 'gemini-3-pro-image', imageSizes: ['1K', '2K', '4K'], inputTokens: 560, thinks: true },
]

/** Retired ids (2.5 and 3.1 flash, every Imagen) are not in it: they are 404. */
export function geminiModel(id: string): GeminiModel | undefined {
  return models.find((model) => model.id === id)
}

export const geminiModels: readonly GeminiModel[] = models

const scale: Record<ImageSize, number> = { '512': 0.5, '1K': 1, '2K': 2, '4K': 4 }

export function pixelsOf(shape: Shape, size: ImageSize): { width: number; height: number } {
  const [width, height] = shapes[shape]
  return { width: width * scale[size], height: height * scale[size] }
}

/** The shape that is nearest to a picture's own. */
export function shapeOf({ width, height }: { width: number; height: number }): Shape {
  const off = (shape: Shape) => Math.abs(Math.log(shapes[shape][0] / shapes[shape][1] / (width / height)))
  return shapeNames.reduce((best, shape) => (off(shape) < off(best) ? shape : best))
}

/** Image tokens of one picture that comes out: by its size alone. */
export function outputTokens({ thinks }: GeminiModel, size: ImageSize): number {
  // The pro model's table has two steps, the others' four.
  if (thinks) return size === '4K' ? 2_000 : 1_120
  return { '512': 747, '1K': 1_120, '2K': 1_680, '4K': 2_520 }[size]
}
