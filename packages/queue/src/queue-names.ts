/** Every name this package gives in Redis. The braces keep all keys of a queue on one node of a cluster. */
export const defaultPrefix = 'ht'
export const classifyQueue = '{ht-classify}'
export const runQueue = (pool: string) => `{ht-run-${pool}}`
