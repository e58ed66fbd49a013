import { type ErrorShape, WireError } from '../wire-error.ts'

function openrouterError(
  code: number,
  message: string,
  extra: { metadata?: Record<string, unknown>; headers?: Record<string, string> } = {},
): WireError {
  const { metadata, headers } = extra
  return new WireError(code, { error: { code, message, ...(metadata ? { metadata } : {}) } }, headers)
}

export function badRequest(message: string): WireError {
  return openrouterError(400, message)
}

export function moderated(model: string, prompt: string): WireError {
  const metadata = {
    reasons: ['violence'],
    flagged_input: prompt.slice(0, 100),
    provider_name: 'simulated',
    model_slug: model,
  }
  return openrouterError(403, 'Your chosen model requires moderation and your input was flagged', {
    metadata,
  })
}

export function noSuchModel(model: string): WireError {
  return openrouterError(404, `No endpoints found for ${model}.`)
}

export function noUpstream(): WireError {
  return openrouterError(503, 'No allowed providers are available for the selected model.')
}

let outages = 0
/** 502: the upstream failed, 503: nobody fits, 529: the upstream is overloaded. They take turns. */
const outageCodes = [502, 503, 529] as const

export const openrouterErrors: ErrorShape = {
  unauthorized: () => openrouterError(401, 'Missing Authentication header'),
  noCredit: () =>
    openrouterError(402, 'Insufficient credits. Add more using https://openrouter.ai/settings/credits'),
  rateLimited: (waitMs) =>
    openrouterError(429, 'Rate limit exceeded', {
      headers: {
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() + waitMs)),
      },
    }),
  down() {
    outages += 1
    return openrouterError(outageCodes[outages % outageCodes.length] ?? 502, 'Provider returned error')
  },
  tooLarge: () => openrouterError(413, 'Request payload too large'),
  unreadable: (detail) => badRequest(detail),
  notFound: () => openrouterError(404, 'Not Found'),
  internal: () => openrouterError(500, 'Internal Server Error'),
}
