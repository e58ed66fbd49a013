import type { Facts } from './facts.ts'

/** I5: every job that succeeded has its pictures, byte for byte, and nothing is settled that nobody was paid for. */
export function picturesKept({ jobs, attempts, payments, badPictures }: Facts): string[] {
  const paid = new Set(payments.map(({ attemptId }) => attemptId))
  return [
    ...jobs
      .filter(({ status, pictures }) => status === 'succeeded' && pictures.length === 0)
      .map(({ id }) => `job ${id} succeeded without a picture`),
    ...badPictures.map((sha256) => `picture ${sha256} is not what the store has under that name`),
    ...attempts
      .filter(({ id, state, costNano }) => state === 'settled' && (costNano ?? 0n) > 0n && !paid.has(id))
      .map(({ id, costNano }) => `attempt ${id} is settled at ${costNano}, and nobody was paid`),
  ]
}
