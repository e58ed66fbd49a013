import { isUnavailable } from './failures.ts'

export interface BatcherOptions<Row, Result> {
  /** Writes all rows in one transaction. Answers in their order; an `Error` refuses just that row. */
  flush(rows: Row[]): Promise<(Result | Error)[]>
  rowsMax?: number
  flushesMax?: number
  /** Rows of the same key never share a batch. */
  keyOf?(row: Row): string
}

export interface Batcher<Row, Result> {
  add(row: Row): Promise<Result>
  /** Resolves once nothing waits and nothing is being written. */
  idle(): Promise<void>
}

interface Waiting<Row, Result> {
  row: Row
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Lets concurrent callers share a transaction: what arrives within one turn of the event loop, and while
 * all flushes are busy, goes together. A batch that the data breaks is written row by row, so that one bad
 * row does not fail its neighbours; one that lost its connection is not, since it may have been committed.
 */
export function createBatcher<Row, Result>(options: BatcherOptions<Row, Result>): Batcher<Row, Result> {
  const { flush, rowsMax = 256, flushesMax = 3, keyOf } = options
  let waiting: Waiting<Row, Result>[] = []
  let flushing = 0
  let scheduled = false
  let idlers: (() => void)[] = []

  function schedule(): void {
    if (scheduled || flushing >= flushesMax || waiting.length === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (flushing < flushesMax && waiting.length > 0) write(take())
    })
  }

  function take(): Waiting<Row, Result>[] {
    if (!keyOf) return waiting.splice(0, rowsMax)
    const keys = new Set<string>()
    const batch: Waiting<Row, Result>[] = []
    const later: Waiting<Row, Result>[] = []
    for (const item of waiting) {
      const key = keyOf(item.row)
      if (batch.length < rowsMax && !keys.has(key)) {
        keys.add(key)
        batch.push(item)
      } else later.push(item)
    }
    waiting = later
    return batch
  }

  async function write(batch: Waiting<Row, Result>[]): Promise<void> {
    flushing++
    try {
      await settle(batch)
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) for (const item of batch) item.reject(error)
      else for (const item of batch) await settle([item]).catch(item.reject)
    }
    flushing--
    schedule()
    if (flushing === 0 && waiting.length === 0) {
      for (const resolve of idlers) resolve()
      idlers = []
    }
  }

  async function settle(batch: Waiting<Row, Result>[]): Promise<void> {
    const results = await flush(batch.map((item) => item.row))
    if (results.length !== batch.length) throw new Error('a flush must answer every row')
    batch.forEach((item, place) => {
      const result = results[place]!
      if (result instanceof Error) item.reject(result)
      else item.resolve(result)
    })
  }

  return {
    add: (row) =>
      new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject })
        schedule()
      }),
    idle: () =>
      flushing === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => idlers.push(resolve)),
  }
}
