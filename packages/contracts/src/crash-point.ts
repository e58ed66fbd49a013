/** Places on the way of the money at which chaos stops, kills or cuts off a process, in the order a job passes them. */
export const crashPoints = [
  'before-accept-commit',
  'after-accept-commit',
  'inside-add-bulk',
  'before-mark-sent',
  'before-claim',
  'during-claim-commit',
  'after-claim',
  'mid-request',
  'request-unpaid',
  'paid-unanswered',
  'mid-body',
  'after-answer',
  'after-store',
  'during-settle-commit',
  'after-settle',
  'during-resolve',
] as const

/** The same on the way of a lot, in the order of its life. */
export const lotPoints = [
  'before-lot-claim',
  'during-lot-claim-commit',
  'after-lot-claim',
  'after-lot-file',
  'lot-unmade',
  'lot-made-unanswered',
  'after-lot-answer',
  'during-lot-submitted-commit',
  'after-lot-submitted',
  'mid-lot-results',
  'before-lot-end',
] as const
export type CrashPoint = (typeof crashPoints)[number] | (typeof lotPoints)[number]

type Hook = (point: CrashPoint, ids: readonly string[]) => Promise<void> | undefined
let hook: Hook | undefined

/** Called at such a place with the ids that it is about; waits if a check wants to strike there. Without one it is free. */
export function crashPoint(point: CrashPoint, ids: () => readonly string[]): Promise<void> | undefined {
  return hook?.(point, ids())
}

/** For checks alone, before anything else is loaded: no part of the product calls it. */
export function onCrashPoint(strike: Hook): void {
  hook = strike
}
