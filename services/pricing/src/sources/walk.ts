import type { Condition, Path, Ref } from './mapping.ts'

/** A place in a feed: its value, the object it stands in, and the keys kept on the way. */
export interface Place {
  value: unknown
  holder: unknown
  keys: Readonly<Record<string, string>>
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Every place that a path leads to. */
export function walk(start: Place, path: Path): Place[] {
  let places = [start]
  for (const step of path.split('.'))
    places = places.flatMap(({ value, keys }): Place[] => {
      if (!isObject(value)) return []
      if (!step.startsWith('*'))
        return Object.hasOwn(value, step) ? [{ value: value[step], holder: value, keys }] : []
      const name = step.slice(1)
      return Object.entries(value).map(([key, member]) => ({
        value: member,
        holder: value,
        keys: name ? { ...keys, [name]: key } : keys,
      }))
    })
  return places
}

/** What stands at a path of the row, or at a `./path` beside the amount. */
export function valueAt(path: Path, row: Place, amount?: Place): unknown {
  if (!path.startsWith('./')) return walk(row, path)[0]?.value
  return walk({ value: amount?.holder, holder: null, keys: {} }, path.slice(2))[0]?.value
}

export function textOf(ref: Ref, row: Place, amount?: Place): string | null {
  if (typeof ref !== 'string')
    return new RegExp(ref.match).exec(String(valueAt(ref.at, row, amount)))?.[1] ?? null
  if (ref.startsWith('=')) return ref.slice(1)
  if (ref.startsWith('$')) return (amount ?? row).keys[ref.slice(1)] ?? row.keys[ref.slice(1)] ?? null
  const value = valueAt(ref, row, amount)
  return typeof value === 'string' ? value : null
}

export function holds(conditions: readonly Condition[] | undefined, row: Place, amount?: Place): boolean {
  return (conditions ?? []).every((condition) => {
    const value = valueAt(condition.at, row, amount)
    if ('exists' in condition) return (value !== undefined && value !== null) === condition.exists
    if ('is' in condition) return value === condition.is
    if ('holds' in condition) return Array.isArray(value) && value.includes(condition.holds)
    if ('holdsOnly' in condition)
      return Array.isArray(value) && value.length > 0 && value.every((one) => one === condition.holdsOnly)
    return typeof value === 'string' && new RegExp(condition.matches).test(value)
  })
}
