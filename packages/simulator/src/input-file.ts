const fetchTimeoutMs = 20_000

/** The bytes behind a data URL or an http(s) URL. Null = it cannot be had, or is larger than `bytesMax`. */
export async function readInputFile(url: string, bytesMax: number): Promise<Buffer | null> {
  const data = /^data:[^,]*?(;base64)?,/i.exec(url)
  if (data) {
    const payload = url.slice(data[0].length)
    const bytes = data[1] ? Buffer.from(payload, 'base64') : Buffer.from(decodeURIComponent(payload))
    return bytes.length > bytesMax ? null : bytes
  }
  if (!/^https?:\/\//i.test(url)) return null
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(fetchTimeoutMs) })
    if (!answer.ok || Number(answer.headers.get('content-length') ?? 0) > bytesMax) return null
    const bytes = Buffer.from(await answer.arrayBuffer())
    return bytes.length > bytesMax ? null : bytes
  } catch {
    return null
  }
}
