import { AppError } from '@halftone/contracts'

/** The up to three known names that look most like the given one, best first. */
export function closeNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase().slice(0, 128)
  return [...new Set(known)]
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** Levenshtein, less what one name merely has around the other: "gpt-image-2" is close to "openai/gpt-image-2". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  const edits = row[b.length]!
  return b.includes(a) || a.includes(b) ? edits - Math.abs(a.length - b.length) + 1 : edits
}

export function unknownName(field: string, given: string, close: readonly string[]): AppError {
  return new AppError('no_provider', `"${given}" is not a model or provider that is known here`, {
    field,
    limit: close.join(', '),
    next:
      close.length > 0
        ? `did you mean ${close.join(', ')}? GET /v1/prices lists all`
        : 'GET /v1/prices lists all',
  })
}
