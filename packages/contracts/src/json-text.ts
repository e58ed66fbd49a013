import { z } from 'zod'

/** A setting that is JSON in an environment variable; `message` says what it should look like. Pipe it into its schema. */
export function jsonText(message: string) {
  return z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
  })
}
