import { dollars } from '@halftone/terminal'

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** How long ago: "3 h", "12 d"; "-" if it is not known. */
export function age(time: string | null, now: number): string {
  const ms = now - Date.parse(time ?? '')
  if (Number.isNaN(ms)) return '-'
  for (const [unit, unitMs] of units) if (ms >= unitMs) return `${Math.floor(ms / unitMs)} ${unit}`
  return 'now'
}

/** An amount, or "?" where none is known: unknown is not free. */
export function amount(usd: string | null): string {
  return usd === null ? '?' : dollars(usd)
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

/** "2026-11-22 19:40" in local time. */
export function localTime(time: string): string {
  return new Date(time).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
}

/** "1 job", "5,000 jobs". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

/** How long: "45 s", "3 min 20 s", "2 h 5 min". */
export function duration(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1_000))
  const [h, min, s] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60]
  if (h > 0) return `${h} h ${min} min`
  return min > 0 ? `${min} min ${s} s` : `${s} s`
}
