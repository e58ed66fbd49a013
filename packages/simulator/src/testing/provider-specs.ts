import { existsSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

// The providers' own OpenAPI files lie beside the repository, not in it.
const folder = new URL('../../../../../shared/specs/', import.meta.url)

export const specsPresent = existsSync(folder)

/** What is wrong with a value by a schema of a provider's own specification; null = nothing. */
export function specFaults(file: string, pointer: string, value: unknown): string | null {
  // OpenAPI brings keywords and formats that JSON Schema does not know; they are passed over.
  const ajv = new Ajv2020({ strict: false, logger: false, allErrors: true })
  formats.default(ajv)
  // Replicate's file says that a version is one of "any string" and "hidden": as a oneOf nothing hidden could pass.
  const text = readFileSync(new URL(file, folder), 'utf8').replaceAll('"oneOf"', '"anyOf"')
  ajv.addSchema(JSON.parse(text), 'spec')
  const validate = ajv.compile({ $ref: `spec#${pointer}` })
  return validate(value) ? null : ajv.errorsText(validate.errors)
}
