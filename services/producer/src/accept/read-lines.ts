import { AppError } from '@halftone/contracts'

export type Line = { text: string } | { error: AppError }

const newline = 0x0a

/**
 * Splits a stream of bytes into lines of UTF-8. A line that is too long or not UTF-8 is an error in its place; the rest
 * goes on. Throws `too_large` when the whole is.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { lineBytesMax, bytesMax }: { lineBytesMax: number; bytesMax: number },
): AsyncGenerator<Line> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let bytes = 0
  const hold = (part: Uint8Array) => {
    pendingBytes += part.length
    // what is too long is counted, not kept
    if (pendingBytes <= lineBytesMax) pending.push(part)
  }
  const take = (): Line => {
    const line =
      pendingBytes > lineBytesMax ? { error: tooLong(lineBytesMax) } : decode(Buffer.concat(pending))
    pending = []
    pendingBytes = 0
    return line
  }

  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > bytesMax) throw bodyTooLarge(bytesMax)
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      hold(chunk.subarray(start, end))
      start = end + 1
      yield take()
    }
    hold(chunk.subarray(start))
  }
  if (pendingBytes > 0) yield take()
}

function decode(bytes: Buffer): Line {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return {
      error: new AppError('invalid_request', 'the line is not valid UTF-8', {
        next: 'send it in UTF-8',
        cause: error,
      }),
    }
  }
}

function tooLong(limit: number): AppError {
  return new AppError('too_large', `a job has at most ${limit} bytes`, {
    limit,
    next: 'upload pictures by POST /v1/files and refer to them by id',
  })
}

function bodyTooLarge(limit: number): AppError {
  return new AppError('too_large', `a bulk has at most ${limit} bytes`, {
    limit,
    next: 'send the jobs in several bulks',
  })
}
