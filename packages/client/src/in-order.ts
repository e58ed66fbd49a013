/**
 * The results of `work`, in the order of the source. At most `width` are under way or not yet taken: when the consumer is
 * slow, nothing more is read from the source. When it leaves, or one fails, the rest is aborted.
 */
export async function* inOrder<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const over = new AbortController()
  const underWay: Promise<R>[] = []
  try {
    for await (const item of source) {
      const result = work(item, over.signal)
      // whoever awaits it in its turn hears of it
      result.catch(() => {})
      underWay.push(result)
      if (underWay.length >= width) yield await (underWay.shift() as Promise<R>)
    }
    for (let next = underWay.shift(); next; next = underWay.shift()) yield await next
  } finally {
    over.abort()
  }
}
