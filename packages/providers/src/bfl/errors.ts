import { answerError, verdictOfStatus } from '../answer-error.ts'
import { failure } from '../failure.ts'
import type { HttpAnswer } from '../http.ts'
import type { ProviderError, Usage } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { errorAnswerSchema, type ResultAnswer } from './wire.ts'

const provider = 'Black Forest Labs'

/** Every answer but 200 ends here. */
export function bflError(answer: HttpAnswer): ProviderError {
  const wire = readJson(answer, errorAnswerSchema)
  return answerError(provider, answer, verdictOfStatus(answer.status, wire !== null), wire?.retry_after)
}

/**
 * A task that will bring no picture; null = it may yet. Moderation is a status with a space in it, not an HTTP error.
 * A prompt that is refused costs nothing; a picture that was made and then withheld is taken as charged, which no
 * document settles. "Task not found" may be the wrong region, or too early: it says nothing.
 */
export function endedWithoutPicture(task: ResultAnswer, usage: Usage): ProviderError | null {
  const cause = new Error(
    `task ${task.id}: ${task.status} ${JSON.stringify(task.details ?? null).slice(0, 500)}`,
  )
  switch (task.status) {
    case 'Request Moderated':
      return failure(provider, 'content_policy', { billed: 'no', cause })
    case 'Content Moderated':
      return failure(provider, 'content_policy', { billed: 'yes', usage, cause })
    case 'Error':
    case 'Failed':
      return failure(provider, 'provider_down', { billed: 'no', cause })
    case 'Task not found':
      return failure(provider, 'provider_down', { billed: 'unknown', cause })
    default:
      return null
  }
}
