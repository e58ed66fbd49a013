import { hasEnded } from '@halftone/contracts'
import type { Facts } from './facts.ts'

/** I1: every job that was accepted is there and has ended, and no attempt is still out. */
export function nothingLost({ jobs, attempts, promises }: Facts): string[] {
  return [
    ...promises
      .filter(({ accepted, stored, promised }) => accepted.length > 0 && stored < promised)
      .map(({ key, stored, promised }) => `${key}: ${promised} jobs were accepted, ${stored} are stored`),
    ...jobs
      .filter(({ status }) => !hasEnded(status))
      .map(({ id, status }) => `job ${id} is ${status} after all was quiet`),
    ...attempts
      .filter(({ state }) => state === 'submitting' || state === 'submitted')
      .map(({ id, state }) => `attempt ${id} is ${state} after all was quiet`),
  ]
}
