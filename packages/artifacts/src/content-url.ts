import { createHmac, timingSafeEqual } from 'node:crypto'

export interface ContentUrl {
  /** Without trailing slash. */
  baseUrl: string
  secret: string
  fileId: string
  expiresAt: Date
}

/** A URL that shows one file without a key, until it expires. */
export function signContentUrl({ baseUrl, secret, fileId, expiresAt }: ContentUrl): string {
  const expires = String(Math.floor(expiresAt.getTime() / 1_000))
  const signature = sign(secret, fileId, expires).toString('base64url')
  return `${baseUrl}/v1/files/${fileId}/content?expires=${expires}&signature=${signature}`
}

export interface ContentUrlClaim {
  secret: string
  fileId: string
  /** Both as they stand in the URL; undefined if they do not. */
  expires: string | undefined
  signature: string | undefined
  /** Epoch ms. */
  now: number
}

/** Whether we made this URL for this file, and it has not expired. Never throws. */
export function verifyContentUrl({ secret, fileId, expires, signature, now }: ContentUrlClaim): boolean {
  if (expires === undefined || signature === undefined || !/^\d{1,12}$/.test(expires)) return false
  const given = Buffer.from(signature, 'base64url')
  const own = sign(secret, fileId, expires)
  return given.length === own.length && timingSafeEqual(given, own) && now < Number(expires) * 1_000
}

function sign(secret: string, fileId: string, expires: string): Buffer {
  return createHmac('sha256', secret).update(`content-url\n${fileId}\n${expires}`).digest()
}
