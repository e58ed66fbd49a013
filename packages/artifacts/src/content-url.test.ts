import { expect, test } from 'vitest'
import { signContentUrl, verifyContentUrl } from './content-url.ts'

const secret = 'a secret'
const fileId = 'file_0193a0a0a0a07a0aa0a0a0a0a0a0a0a0'
const expiresAt = new Date('2026-11-23T12:00:00Z')
const before = expiresAt.getTime() - 1
const url = new URL(signContentUrl({ baseUrl: 'https://api.example', secret, fileId, expiresAt }))
const claim = {
  secret,
  fileId,
  expires: url.searchParams.get('expires') ?? undefined,
  signature: url.searchParams.get('signature') ?? undefined,
  now: before,
}

test('a signed URL names file and expiry, and opens the file until then', () => {
  expect(url.href).toMatch(
    /^https:\/\/api\.example\/v1\/files\/file_[0-9a-f]{32}\/content\?expires=\d{10}&signature=[\w-]{43}$/,
  )
  expect(verifyContentUrl(claim)).toBe(true)
  expect(verifyContentUrl({ ...claim, now: expiresAt.getTime() })).toBe(false)
})

test.each([
  ['another file', { fileId: 'file_0193a0a0a0a07a0aa0a0a0a0a0a0a0a1' }],
  ['a later expiry', { expires: String(Number(claim.expires) + 60) }],
  ['another secret', { secret: 'another' }],
  ['a cut signature', { signature: claim.signature?.slice(0, 20) }],
  ['an empty signature', { signature: '' }],
  ['no signature', { signature: undefined }],
  ['no expiry', { expires: undefined }],
  ['an expiry that is no number', { expires: `${claim.expires}e9` }],
])('it does not open with %s', (_, change) => {
  expect(verifyContentUrl({ ...claim, ...change })).toBe(false)
})
