import { request } from 'undici'

export type Fetched = { kind: 'unchanged' } | { kind: 'body'; text: string; etag: string | null }

/** GET that asks only for news. Throws on any other status, after the time allowed, and beyond the size allowed. */
export async function conditionalGet(
  url: string,
  options: { etag: string | null; timeoutMs: number; bytesMax: number },
): Promise<Fetched> {
  const { statusCode, headers, body } = await request(url, {
    signal: AbortSignal.timeout(options.timeoutMs),
    headers: { accept: 'application/json', ...(options.etag ? { 'if-none-match': options.etag } : {}) },
  })
  if (statusCode === 304) {
    await body.dump()
    return { kind: 'unchanged' }
  }
  if (statusCode !== 200) {
    await body.dump()
    throw new Error(`the source answered ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > options.bytesMax)
      throw new Error(`the source's answer is larger than ${options.bytesMax} bytes`)
    chunks.push(chunk)
  }
  const etag = [headers.etag].flat()[0] ?? null
  return { kind: 'body', text: Buffer.concat(chunks).toString('utf8'), etag }
}
