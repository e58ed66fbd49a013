import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { createAuthenticator } from './auth.ts'
import { canonicalJson } from './canonical-json.ts'

const request = (authorization: string) => ({ headers: { authorization } }) as FastifyRequest

test('a key is looked up once in ten seconds, so that a revoked one soon stops working', async () => {
  let now = 0
  let lookups = 0
  const known = new Set(['good'])
  const auth = createAuthenticator({
    adminKey: 'the admin key',
    clock: () => now,
    projects: {
      findKey: async (key) => {
        lookups++
        return known.has(key) ? { keyId: 'key_1', projectId: 'prj_1' } : null
      },
    },
  })
  expect(await auth.project(request('Bearer good'))).toBe('prj_1')
  expect(await auth.project(request('bearer good'))).toBe('prj_1')
  expect(lookups).toBe(1)
  known.clear()
  now = 10_001
  await expect(auth.project(request('Bearer good'))).rejects.toMatchObject({ code: 'unauthorized' })
  await expect(auth.project(request('Bearer bad\u0001'))).rejects.toMatchObject({ code: 'unauthorized' })
  expect(lookups).toBe(2)
})

test('equal values have one canonical text, whatever the order of their keys', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}')
  expect(canonicalJson({ a: 1, b: 2 })).toBe(canonicalJson({ b: 2, a: 1 }))
})
