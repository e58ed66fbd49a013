import type { ModelSpec, Sizes } from '@halftone/contracts'

export interface Size {
  width: number
  height: number
}

/** Sizes that models with this operation can make, the most similar in shape and area first. */
export function nearestSizes(
  models: readonly ModelSpec[],
  operation: 'generate' | 'edit' | 'variation',
  asked: Size,
): Size[] {
  const found = new Map<string, Size>()
  for (const model of models) {
    const sizes = model.operations[operation]?.sizes
    for (const size of sizes ? candidates(sizes, asked) : []) found.set(`${size.width}x${size.height}`, size)
  }
  return [...found.values()].toSorted((a, b) => distance(a, asked) - distance(b, asked))
}

function candidates(sizes: Sizes, asked: Size): Size[] {
  if (sizes.kind === 'list') return sizes.list.map(parseSize)
  return sizes.kind === 'range' ? [snap(sizes, asked)] : []
}

export function parseSize(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}

/** The asked size, bent until it fits the range. */
function snap(range: Extract<Sizes, { kind: 'range' }>, asked: Size): Size {
  const ratioMax = range.max_ratio ?? Number.POSITIVE_INFINITY
  const ratio = Math.min(ratioMax, Math.max(1 / ratioMax, asked.width / asked.height))
  const pixels = Math.min(
    range.max_pixels ?? Number.POSITIVE_INFINITY,
    Math.max(range.min_pixels ?? 0, asked.width * asked.height),
  )
  const edge = (exact: number) => {
    const steps = Math.floor(exact / range.multiple_of + 1e-9)
    const least = Math.ceil(range.min_edge / range.multiple_of)
    const most = Math.floor(range.max_edge / range.multiple_of)
    return Math.min(most, Math.max(least, steps)) * range.multiple_of
  }
  return { width: edge(Math.sqrt(pixels * ratio)), height: edge(Math.sqrt(pixels / ratio)) }
}

function distance(a: Size, b: Size): number {
  return Math.abs(Math.log(a.width / b.width)) + Math.abs(Math.log(a.height / b.height))
}
