import { type ErrorShape, WireError } from '../wire-error.ts'

const rpc = 'type.googleapis.com/google.rpc'

function googleError(
  status: number,
  word: string,
  message: string,
  details?: Record<string, unknown>[],
): WireError {
  return new WireError(status, {
    error: { code: status, message, status: word, ...(details && { details }) },
  })
}

export function invalidArgument(message: string): WireError {
  return googleError(400, 'INVALID_ARGUMENT', message)
}

export function modelNotFound(model: string): WireError {
  return googleError(404, 'NOT_FOUND', `models/${model} is not found for API version v1beta.`)
}

/** A wrong key is bad input at the Gemini API, and unauthenticated at Vertex AI. */
function invalidKey(): WireError {
  const reason = { '@type': `${rpc}.ErrorInfo`, reason: 'API_KEY_INVALID', domain: 'googleapis.com' }
  return googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [reason])
}

export function unauthenticated(): WireError {
  return googleError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.')
}

function exhausted(quotaId: string, waitMs: number): WireError {
  const violation = { quotaMetric: 'generativelanguage.googleapis.com/generate_requests', quotaId }
  return googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
    { '@type': `${rpc}.QuotaFailure`, violations: [violation] },
    { '@type': `${rpc}.RetryInfo`, retryDelay: `${Math.ceil(waitMs / 1_000)}s` },
  ])
}

/** No header ever says how long to wait. */
export const geminiErrors: ErrorShape = {
  unauthorized: invalidKey,
  noCredit: () => exhausted('GenerateRequestsPerDayPerProjectPerModel', 30_000),
  rateLimited: (waitMs) => exhausted('GenerateRequestsPerMinutePerProjectPerModel', waitMs),
  down: () => googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  tooLarge: () => invalidArgument('Request payload size exceeds the limit: 20971520 bytes.'),
  unreadable: (detail) => invalidArgument(`Invalid JSON payload received. ${detail}`),
  notFound: () => googleError(404, 'NOT_FOUND', 'Requested entity was not found.'),
  internal: () => googleError(500, 'INTERNAL', 'An internal error has occurred.'),
}

export const vertexErrors: ErrorShape = { ...geminiErrors, unauthorized: unauthenticated }
