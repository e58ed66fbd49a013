import { createHash } from 'node:crypto'
import { AppError, limits } from '@halftone/contracts'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Attached } from '../accept/read-source.ts'

export interface ImagesForm {
  /** The fields by name; pictures by the names that `attached` has them under, which are equal for equal bytes. */
  fields: Record<string, unknown>
  attached: Attached
}

/** Of all pictures of one form together. */
export const formBytesMax = 2 * limits.fileBytes

export const formLimits = {
  fileSize: limits.fileBytes,
  files: 17,
  fields: 200,
  parts: 217,
  fieldSize: limits.jobBytes,
  headerPairs: 50,
} as const

/** Reads a form with pictures. Throws `invalid_request` for one that is broken, `too_large` for one that is too much. */
export async function readImagesForm(request: FastifyRequest): Promise<ImagesForm> {
  try {
    return await readParts(request)
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && 'statusCode' in error)) throw error
    throw new AppError('invalid_request', 'the form is broken or cut off', {
      next: 'send multipart/form-data',
      cause: error,
    })
  }
}

async function readParts(request: FastifyRequest): Promise<ImagesForm> {
  const fields: Record<string, unknown> = {}
  const attached = new Map<string, Uint8Array>()
  let bytes = 0
  for await (const part of request.parts()) {
    const path = pathOf(part.fieldname)
    if (part.type === 'field') {
      // a form has no other word for null
      if (part.value === 'null' && path[0] !== 'prompt') continue
      setAt(fields, path, part.value)
      continue
    }
    const file = await part.toBuffer()
    bytes += file.length
    if (bytes > formBytesMax)
      throw new AppError('too_large', `the pictures have more than ${formBytesMax} bytes together`, {
        field: `/${path[0]}`,
        limit: formBytesMax,
        next: 'send smaller pictures, or upload them by POST /v1/files and name them in a JSON body',
      })
    const name = `attached:${createHash('sha256').update(file).digest('hex')}`
    attached.set(name, file)
    setAt(fields, path[0] === 'image' ? ['image', ''] : path, name)
  }
  return { fields, attached }
}

/** `halftone[budget][max_cost_usd]`, as the SDK writes what is nested; `image[]` is the next of a list. */
function pathOf(name: string): string[] {
  const [first = '', ...rest] = name.slice(0, 200).split('[')
  return [first, ...rest.map((part) => part.replace(/\]$/, ''))].slice(0, 6)
}

function setAt(fields: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    fields[first] = value
    return
  }
  if (rest.length === 1 && /^\d*$/.test(rest[0] ?? '')) {
    const list = fields[first]
    fields[first] = [...(Array.isArray(list) ? list : []), value]
    return
  }
  const inner = fields[first]
  const known = isRecord(inner) ? inner : Object.create(null)
  fields[first] = known
  setAt(known, rest, value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A form knows only text: where the schema wants a number, a truth value or an object, its text is read as that. */
export function typedFields(schema: z.ZodType, fields: Record<string, unknown>): unknown {
  const parsed = schema.safeParse(fields)
  if (parsed.success) return fields
  const typed = structuredClone(fields)
  for (const issue of parsed.error.issues)
    if (issue.code === 'invalid_type') readAt(typed, issue.path, issue.expected)
  return typed
}

function readAt(fields: Record<string, unknown>, path: readonly PropertyKey[], expected: string): void {
  let place: unknown = fields
  for (const part of path.slice(0, -1)) place = isRecord(place) ? place[String(part)] : undefined
  const name = String(path.at(-1))
  const text = isRecord(place) ? place[name] : undefined
  if (!isRecord(place) || typeof text !== 'string') return
  const value = jsonOf(text)
  if (
    expected === 'object' ? isRecord(value) : typeof value === (expected === 'boolean' ? 'boolean' : 'number')
  )
    place[name] = value
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
