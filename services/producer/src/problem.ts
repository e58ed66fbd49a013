import { AppError, type ErrorCode, errorTable, type Problem } from '@halftone/contracts'
import type { FastifyReply } from 'fastify'

const sameAgain = 'send the same request again after the time in Retry-After'

/** Every failure of a native route, as application/problem+json. */
function problemOf(error: AppError): Problem {
  const fact = errorTable[error.code]
  const { field, limit, next, extra } = error.detail
  return {
    type: `urn:halftone:problem:${error.code}`,
    title: fact.title,
    status: fact.status,
    detail: error.message,
    code: error.code,
    field: field ?? null,
    limit: limit ?? null,
    next: next ?? (fact.next === 'wait-and-retry' ? sameAgain : null),
    ...extra,
  }
}

export function sendProblem(reply: FastifyReply, error: AppError): FastifyReply {
  const wait = error.detail.retryAfterSeconds ?? (errorTable[error.code].next === 'wait-and-retry' ? 1 : null)
  if (wait !== null) reply.header('retry-after', String(Math.max(1, Math.ceil(wait))))
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="halftone"')
  return reply
    .status(error.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(error))
}

/** Turns whatever was thrown into our own error. What is not known is `internal`, and says nothing of its inside. */
export function toAppError(error: unknown, bodyLimit: number): AppError {
  if (error instanceof AppError) return error
  const { code, statusCode, message } = shapeOf(error)
  const known = fastifyErrors[code]
  if (known) return known(bodyLimit, error)
  if (unreachable.has(code)) return unavailable(error)
  if (statusCode >= 400 && statusCode < 500)
    return new AppError(byStatus[statusCode] ?? 'invalid_request', message, {
      next: 'correct the request; GET /openapi.json describes it',
      cause: error,
    })
  return new AppError('internal', 'something went wrong on our side', {
    next: 'try again in a moment',
    cause: error,
  })
}

export function unavailable(cause?: unknown): AppError {
  return new AppError('unavailable', 'a store that Halftone needs does not answer', {
    next: sameAgain,
    retryAfterSeconds: 2,
    cause,
  })
}

/** How a lost Postgres or Redis shows, where the port has not already said so. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '57P01',
  '57P02',
  '57P03',
])

const byStatus: Record<number, ErrorCode> = {
  404: 'not_found',
  413: 'too_large',
  415: 'unsupported_media_type',
}

const tooLarge = (bodyLimit: number, cause: unknown) =>
  new AppError('too_large', `the body is larger than ${bodyLimit} bytes`, {
    limit: bodyLimit,
    next: 'send a smaller body; upload pictures by POST /v1/files and refer to them by id',
    cause,
  })
const badJson = (_limit: number, cause: unknown) =>
  new AppError('invalid_request', 'the body is not valid JSON', {
    next: 'send one JSON document in UTF-8',
    cause,
  })
const badUpload = (detail: string) => (_limit: number, cause: unknown) =>
  new AppError('invalid_request', detail, {
    field: '/file',
    next: 'send multipart/form-data with one file named "file" and, if it is a mask, purpose=mask',
    cause,
  })

const fastifyErrors: Record<string, (bodyLimit: number, cause: unknown) => AppError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_REQ_FILE_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_JSON_BODY: badJson,
  FST_ERR_CTP_EMPTY_JSON_BODY: badJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: badJson,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (_limit, cause) =>
    new AppError('unsupported_media_type', 'this route does not read that content-type', {
      field: '/content-type',
      next: 'send application/json (bulk: application/x-ndjson too; files: multipart/form-data)',
      cause,
    }),
  FST_INVALID_MULTIPART_CONTENT_TYPE: (_limit, cause) =>
    new AppError('unsupported_media_type', 'files are sent as multipart/form-data', {
      next: 'send multipart/form-data with one file named "file"',
      cause,
    }),
  FST_FILES_LIMIT: badUpload('one file a request'),
  FST_PARTS_LIMIT: badUpload('too many parts'),
  FST_FIELDS_LIMIT: badUpload('too many fields'),
  FST_PROTO_VIOLATION: badUpload('a field of that name is not accepted'),
  FST_MP_PREMATURE_CLOSE: badUpload('the upload ended before its last boundary'),
}

function shapeOf(error: unknown): { code: string; statusCode: number; message: string } {
  if (!(error instanceof Error)) return { code: '', statusCode: 500, message: '' }
  const code = 'code' in error ? String(error.code) : ''
  const statusCode = 'statusCode' in error ? Number(error.statusCode) : 500
  return { code, statusCode, message: error.message }
}
