import type { PriceRule } from '@halftone/contracts'

/** Fewer than this many rules are no sort of their own: they may all go for good reason. */
const classSizeMin = 3

/**
 * Sorts of prices that rules before had and none has now: "cached_image_in tokens", "quality premium". When a feed changes
 * its fields, every rule loses the same one, and all keys stay.
 */
export function lostClasses(before: readonly PriceRule[], now: readonly PriceRule[]): string[] {
  const still = new Set(now.flatMap(classesOf))
  const counts = new Map<string, number>()
  for (const name of before.flatMap(classesOf)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .filter(([name, count]) => count >= classSizeMin && !still.has(name))
    .map(([name]) => name)
}

function classesOf({ components, match, modifiers }: PriceRule): string[] {
  const kinds = components.map((part) =>
    part.kind === 'per_token' ? `${part.stream} tokens` : part.kind.replaceAll('_', ' '),
  )
  return [
    ...new Set(kinds),
    ...(match.quality === null ? [] : [`quality ${match.quality}`]),
    ...match.modes.map((mode) => `mode ${mode}`),
    ...new Set(modifiers.map(({ kind }) => kind.replaceAll('_', ' '))),
  ]
}
