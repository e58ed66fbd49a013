import { usageFailure } from '../failure.ts'

const unitMs: Record<string, number> = { min: 60_000, h: 3_600_000, d: 86_400_000 }

/** "8h", "90min", "2d" from now; "07:00", the next one here; or a time, in local time if it does not say where. */
export function deadlineFrom(text: string, now: number): Date {
  const [, count, unit = ''] = /^(\d{1,5})(min|h|d)$/.exec(text) ?? []
  if (count !== undefined) return new Date(now + Number(count) * (unitMs[unit] ?? 0))
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? []
  const time = hours === undefined ? new Date(text) : nextTime(Number(hours), Number(minutes), now)
  if (Number.isNaN(time.getTime()) || (hours === undefined && !/^\d{4}-\d{2}-\d{2}/.test(text)))
    throw usageFailure(`"${text}" is no deadline`, 'give one like 8h, 07:00 or 2027-03-01T07:00')
  if (time.getTime() <= now)
    throw usageFailure(`the deadline ${text} has passed`, 'give a later one, or none: then it is 24 hours')
  return time
}

function nextTime(hours: number, minutes: number, now: number): Date {
  if (hours > 23 || minutes > 59) return new Date(Number.NaN)
  const time = new Date(now)
  time.setHours(hours, minutes, 0, 0)
  if (time.getTime() <= now) time.setDate(time.getDate() + 1)
  return time
}
