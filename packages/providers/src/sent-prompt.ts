import type { ImageRequest } from '@halftone/contracts'

/** The prompt to send. A variation may come without one, and where it is done as a reference edit it needs words. */
export function sentPrompt(request: ImageRequest): string {
  if (request.prompt.trim() !== '' || request.operation !== 'variation') return request.prompt
  return 'A variation of this picture: the same subject and style, composed a little differently.'
}
