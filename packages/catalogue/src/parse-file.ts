interface Schema<T> {
  safeParse(
    json: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } }
}

/** Reads JSON by a schema; throws with the file's name and the path of the first fault. */
export function parseFile<T>(schema: Schema<T>, file: string, text: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const fault = parsed.error.issues[0]
  throw new Error(`${file}, at ${fault?.path.join('.') || 'the top'}: ${fault?.message}`)
}
