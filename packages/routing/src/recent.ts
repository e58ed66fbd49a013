/** The values that were used last: at least `max` of them, at most twice as many. */
export interface Recent<T> {
  get(key: string): T | undefined
  set(key: string, value: T): T
}

/**
 * Two maps, of which the older is dropped whole. One map that loses its oldest entry for each new one would be
 * simpler, but V8 links the tables that it outgrows: once one has grown old, whatever passed through the map lives on
 * until a full garbage collection, and collecting takes longer than planning.
 */
export function createRecent<T>(max: number): Recent<T> {
  let newer = new Map<string, T>()
  let older = new Map<string, T>()
  const set = (key: string, value: T) => {
    if (newer.size >= max) {
      older = newer
      newer = new Map()
    }
    newer.set(key, value)
    return value
  }
  return {
    set,
    get(key) {
      const value = newer.get(key)
      if (value !== undefined) return value
      const aged = older.get(key)
      return aged === undefined ? undefined : set(key, aged)
    },
  }
}
