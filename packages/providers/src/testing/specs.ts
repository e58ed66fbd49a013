import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const folder = new URL('../../../../../shared/specs/', import.meta.url)

/** The providers' own documents lie beside the repository, where there are any. */
export const specsExist = existsSync(fileURLToPath(folder))

/** Checks values against the schemas of one provider's OpenAPI document. */
export function openSpec(file: string): (pointer: string, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: true, allErrors: true })
  addFormats.default(ajv)
  for (const format of ['binary', 'unixtime', 'google-duration', 'google-datetime', 'google-fieldmask'])
    ajv.addFormat(format, true)
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, folder), 'utf8'), nullableAsType), file)
  return (pointer, value) => {
    const validate = ajv.getSchema(`${file}#${pointer}`)
    if (!validate) throw new Error(`no schema at ${file}#${pointer}`)
    validate(value)
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
}

/** The documents mix OpenAPI 3.0 and 3.1: `nullable` without a `type` beside it is more than ajv takes. */
function nullableAsType(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value) || 'type' in value) return value
  const { nullable, ...schema } = value
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema
}
