import { styleText } from 'node:util'

const colours = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'gray'] as const
const hidden = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'v'])

/** Turns a service's JSON line into one that a person can read, with the service's name before it. */
export function readableLine(name: string, line: string): string {
  const colour =
    colours[[...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % colours.length] ?? 'gray'
  const prefix = styleText(colour, `${name.padEnd(10)} │`)
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line)
  } catch {
    return `${prefix} ${line}`
  }
  const level = String(entry.level ?? 'info')
  const mark =
    level === 'info' ? '' : styleText(level === 'warn' ? 'yellow' : 'red', `${level.toUpperCase()} `)
  const details = Object.entries(entry)
    .filter(([field]) => !hidden.has(field))
    .map(([field, value]) => `${field}=${typeof value === 'object' ? detail(value) : value}`)
    .join(' ')
  return `${prefix} ${mark}${entry.msg ?? ''} ${styleText('gray', details)}`.trimEnd()
}

function detail(value: unknown): string {
  if (value && typeof value === 'object' && 'message' in value) return String(value.message)
  return JSON.stringify(value)
}
