import type { FastifyRequest } from 'fastify'

/** `?format=csv`, or what `Accept` names first; else the route's own. */
export function wantsCsv(request: FastifyRequest, format: string | undefined): boolean {
  if (format !== undefined) return format === 'csv'
  return /^\s*text\/csv\b/i.test(request.headers.accept ?? '')
}
