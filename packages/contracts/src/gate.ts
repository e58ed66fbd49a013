/** Runs a task, at most so many of the same gate at a time; the others wait in the order they came. */
export type Gate = <T>(task: () => Promise<T>) => Promise<T>

export function createGate(atOnce: number): Gate {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      // its place is handed on: nobody slips in between
      if (next) next()
      else running--
    }
  }
}
