import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError, type Clock } from '@halftone/contracts'
import type { Ledger } from '@halftone/ledger'
import type { FastifyRequest } from 'fastify'

export interface Authenticator {
  /** The project that the bearer key belongs to. Throws `unauthorized`. */
  project(request: FastifyRequest): Promise<string>
  /** Throws `unauthorized` unless the bearer key is the operator's. */
  admin(request: FastifyRequest): void
}

/** A revoked key works at most this long. */
const cachedMs = 10_000
const cachedMax = 10_000
const keyCharsMax = 256

export function createAuthenticator(options: {
  projects: Pick<Ledger['projects'], 'findKey'>
  adminKey: string
  clock: Clock
}): Authenticator {
  const known = new Map<string, { projectId: string; until: number }>()
  const adminDigest = digest(options.adminKey)

  return {
    async project(request) {
      const key = bearer(request)
      const name = digest(key).toString('base64')
      const cached = known.get(name)
      if (cached && cached.until > options.clock()) return cached.projectId
      known.delete(name)
      const found = await options.projects.findKey(key)
      if (!found) throw unauthorized('this key is not known')
      if (known.size >= cachedMax) known.clear()
      known.set(name, { projectId: found.projectId, until: options.clock() + cachedMs })
      return found.projectId
    },
    admin(request) {
      if (!timingSafeEqual(digest(bearer(request)), adminDigest))
        throw unauthorized('this is not the admin key')
    },
  }
}

export function hasBearer(request: FastifyRequest): boolean {
  return request.headers.authorization !== undefined
}

function bearer(request: FastifyRequest): string {
  const key = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!key || key.length > keyCharsMax) throw unauthorized('a key is needed')
  return key
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function unauthorized(detail: string): AppError {
  return new AppError('unauthorized', detail, {
    field: '/authorization',
    next: 'send the header "authorization: Bearer <key>"; an operator makes keys by POST /admin/v1/keys',
  })
}
