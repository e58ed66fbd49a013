import type { ModelSpec, Sizes } from '@halftone/contracts'

type Operation = NonNullable<ModelSpec['operations']['generate']>

/** A model's sizes in a few words, each said once though several operations share it. */
export function sizeWords(spec: ModelSpec): string {
  const operations = Object.values(spec.operations)
  const all = operations.flatMap((operation) => [operation.sizes, ...kindSizes(operation)])
  return [...new Set(all.map(wordsOf))].join('; ')
}

function kindSizes({ by_kind = {} }: Operation): Sizes[] {
  return Object.values(by_kind).flatMap(({ sizes }) => (sizes ? [sizes] : []))
}

function wordsOf(sizes: Sizes): string {
  switch (sizes.kind) {
    case 'list':
      return listWords(sizes)
    case 'range':
      return `edges ${sizes.min_edge} to ${sizes.max_edge} by ${sizes.multiple_of}`
    case 'same_as_input':
      return sizes.factor
        ? `${sizes.factor} times the input`
        : `as the input, to ${megapixels(sizes.max_pixels)}`
  }
}

function listWords({ list, names }: Extract<Sizes, { kind: 'list' }>): string {
  if (names) return `ratios ${[...new Set(Object.values(names))].join(' ')}`
  return list.length <= 4 ? list.join(', ') : `${list.length} sizes to ${list.toSorted(byPixels).at(-1)}`
}

function byPixels(a: string, b: string): number {
  const pixels = (size: string) => size.split('x').reduce((product, edge) => product * Number(edge), 1)
  return pixels(a) - pixels(b)
}

function megapixels(pixels: number): string {
  return `${Number((pixels / 1e6).toFixed(1))} MP`
}
