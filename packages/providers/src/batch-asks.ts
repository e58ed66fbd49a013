import type { z } from 'zod'
import { unreadable } from './answer-error.ts'
import type { BatchDesk } from './batch-desk.ts'
import { failure } from './failure.ts'
import type { HttpAnswer, HttpRequest, Send } from './http.ts'
import type { ProviderError } from './image-provider.ts'
import { readJson } from './read-json.ts'

/** A request to a batch API, free unless it says otherwise. */
export type BatchAsk = <T>(
  request: Partial<HttpRequest> & { path: string },
  schema: z.ZodType<T>,
) => Promise<T>

/** Throws what the provider says in place of a good answer, and for one that cannot be read. */
export function createBatchAsk(options: {
  provider: string
  baseUrl: string
  headers: Record<string, string>
  send: Send
  timeoutMs: number
  bytesMax: number
  /** Statuses of good answers. */
  good: readonly number[]
  toError(answer: HttpAnswer): ProviderError
}): BatchAsk {
  const { provider, baseUrl, headers, send, timeoutMs, bytesMax } = options
  return async ({ path, ...request }, schema) => {
    const answer = await send({
      provider,
      method: 'GET',
      url: `${baseUrl}${path}`,
      paid: false,
      signal: request.signal ?? new AbortController().signal,
      timeoutMs,
      bytesMax,
      ...request,
      headers: { ...headers, ...request.headers },
    })
    if (!options.good.includes(answer.status)) throw options.toError(answer)
    const wire = readJson(answer, schema)
    if (wire === null) throw unreadable(provider, answer)
    return wire
  }
}

/** The last thing before the paid request: throws where the lot is somebody else's by now. */
export async function mustKeep(
  provider: string,
  keepFile: Parameters<BatchDesk['submit']>[1],
  fileId: string,
): Promise<void> {
  if (await keepFile(fileId)) return
  const cause = new Error('the lot is not ours any more')
  throw failure(provider, 'provider_down', { billed: 'no', cause })
}

export function tooManyBatches(provider: string): ProviderError {
  const cause = new Error('there are too many batches to look at')
  return failure(provider, 'bad_answer', { billed: 'no', cause })
}
