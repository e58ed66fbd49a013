import { AppError, limits } from '@halftone/contracts'

/**
 * Refuses a prompt that is far too long before the schema counts its characters one by one, which takes a while for
 * megabytes. A code point has at most two units.
 */
export function refuseHugePrompt(job: unknown): void {
  if (typeof job !== 'object' || job === null || !('prompt' in job)) return
  if (typeof job.prompt !== 'string' || job.prompt.length <= 2 * limits.promptCodePoints) return
  throw new AppError('invalid_request', `prompt may have at most ${limits.promptCodePoints} code points`, {
    field: '/prompt',
    limit: limits.promptCodePoints,
    next: 'shorten the prompt',
  })
}
