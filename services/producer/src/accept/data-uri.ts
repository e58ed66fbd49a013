import { AppError, limits } from '@halftone/contracts'

/** The bytes of `data:image/…;base64,…`. Throws for anything else; what the bytes are is checked by decoding them. */
export function decodeDataUri(uri: string, field: string): Uint8Array {
  const head = /^data:image\/[a-z0-9.+-]{1,40};base64,/i.exec(uri)?.[0]
  const payload = head === undefined ? '' : uri.slice(head.length)
  const bytes = Buffer.from(payload, 'base64')
  // Buffer skips what is not base64: the lengths tell
  const expected = Math.floor((payload.replace(/=+$/, '').length * 3) / 4)
  if (bytes.length === 0 || bytes.length !== expected)
    throw new AppError('invalid_request', 'the data URI is not a base64 picture', {
      field,
      next: 'send data:image/png;base64,… or upload the picture by POST /v1/files',
    })
  if (bytes.length > limits.fileBytes)
    throw new AppError('too_large', `a picture has at most ${limits.fileBytes} bytes`, {
      field,
      limit: limits.fileBytes,
      next: 'send a smaller picture',
    })
  return bytes
}
