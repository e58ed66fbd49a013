import type { FastifyRequest } from 'fastify'
import type { ErrorShape } from './wire-error.ts'

/** A multipart body: the text fields, and the files in the order they came. */
export interface Form {
  fields: Record<string, string>
  files: { name: string; filename: string; data: Buffer }[]
}

/** Reads a multipart body of at most `bytesMax`. Throws the provider's own 413 or 400. */
export async function readForm(request: FastifyRequest, bytesMax: number, errors: ErrorShape): Promise<Form> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw errors.tooLarge()
  const form: Form = { fields: {}, files: [] }
  let bytes = 0
  try {
    for await (const part of request.parts({
      limits: { fileSize: bytesMax, fieldSize: bytesMax, files: 40 },
    })) {
      if (part.type === 'file') {
        const data = await part.toBuffer()
        bytes += data.length
        form.files.push({ name: part.fieldname, filename: part.filename, data })
      } else {
        const value = String(part.value)
        bytes += value.length
        form.fields[part.fieldname] = value
      }
      if (bytes > bytesMax) throw errors.tooLarge()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('FST_'))
      throw String(error.code).includes('TOO_LARGE') ? errors.tooLarge() : errors.unreadable(error.message)
    throw error
  }
  return form
}

export function fileOf(form: Form, name: string): Buffer | undefined {
  return form.files.find((file) => file.name === name)?.data
}
