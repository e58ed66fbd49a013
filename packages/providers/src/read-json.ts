import type { z } from 'zod'
import type { HttpAnswer } from './http.ts'

/** The body as the schema has it; null if it is not JSON or not of that shape. */
export function readJson<T>(answer: HttpAnswer, schema: z.ZodType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(answer.body.toString()))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
