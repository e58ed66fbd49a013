import type { Facts } from './facts.ts'

/** I10: a key has one answer, before and after every crash, and its jobs once. */
export function sameAnswer({ promises }: Facts): string[] {
  return promises.flatMap(({ key, accepted, stored, promised }) => {
    const different = new Set(accepted).size
    return [
      ...(different > 1 ? [`${key} was answered in ${different} ways`] : []),
      ...(stored > promised ? [`${key} has ${stored} jobs instead of ${promised}`] : []),
    ]
  })
}
