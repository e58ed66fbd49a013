import { pino } from 'pino'

export type Logger = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'child'>

/** JSON lines on stdout. Secrets and prompts never reach a log: whatever looks like one is cut here, once. */
export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { name },
    redact: {
      paths: ['key', 'secret', 'authorization', 'password', 'prompt', 'headers', 'body'].flatMap((field) => [
        field,
        `*.${field}`,
        `*.*.${field}`,
      ]),
      censor: '[redacted]',
    },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}

/** Says nothing; for tests. */
export const silentLogger: Logger = pino({ level: 'silent' })
