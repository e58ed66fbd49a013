import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as contracts from '@halftone/contracts'
import { z } from 'zod'

/** What callers send; and what comes back. Each becomes a type of its own, and the others name it. */
const sent = { JobInput: contracts.jobBodySchema, BulkInput: contracts.bulkFieldsSchema }
const answered = {
  PublicError: contracts.publicErrorSchema,
  Candidate: contracts.candidateSchema,
  ImageAnswer: contracts.imageSchema,
  Attempt: contracts.attemptSchema,
  JobAnswer: contracts.jobAnswerSchema,
  BulkAccepted: contracts.bulkAcceptedSchema,
  BulkAnswer: contracts.bulkAnswerSchema,
  BulkRetried: contracts.bulkRetriedSchema,
  UsageSums: contracts.usageSumsSchema,
  UsageAnswer: contracts.usageAnswerSchema,
  BreakEven: contracts.breakEvenSchema,
  QuoteAnswer: contracts.quoteAnswerSchema,
  BulkQuoteAnswer: contracts.bulkQuoteAnswerSchema,
  FileAnswer: contracts.fileAnswerSchema,
  WebhookBody: contracts.webhookBodySchema,
}
const head = `// Written from packages/contracts by write-wire-types.ts: do not edit. The published package stands alone, and
// contracts are private. Money is a decimal string in USD.
`

/** The types of the wire, as TypeScript that imports nothing. */
export function wireTypes(): string {
  return [head, ...declarations(sent, 'input'), ...declarations(answered, 'output')].join('\n')
}

interface Shape {
  $ref?: string
  description?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: Shape[]
  items?: Shape
  properties?: Record<string, Shape>
  required?: string[]
  additionalProperties?: Shape | boolean
  propertyNames?: Shape
}

function declarations(named: Record<string, z.ZodType>, io: 'input' | 'output'): string[] {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => id, unrepresentable: 'any' })
  return Object.keys(named).map((name) => {
    const shape: Shape = JSON.parse(JSON.stringify(schemas[name]))
    return `export interface ${name} ${typeOf(shape)}\n`
  })
}

function typeOf(shape: Shape | boolean): string {
  if (typeof shape === 'boolean') return 'unknown'
  if (shape.$ref) return shape.$ref
  if (shape.anyOf) return shape.anyOf.map(typeOf).join(' | ')
  if (shape.enum) return shape.enum.map((one) => literal(one)).join(' | ')
  if (shape.const !== undefined) return literal(shape.const)
  if (Array.isArray(shape.type)) return shape.type.map((type) => typeOf({ ...shape, type })).join(' | ')
  if (shape.type === 'object') return objectOf(shape)
  if (shape.type === 'array') return `(${typeOf(shape.items ?? true)})[]`
  if (shape.type === 'integer') return 'number'
  return shape.type ?? 'unknown'
}

function objectOf({ properties, required = [], additionalProperties, propertyNames }: Shape): string {
  const rest = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'
  if (!properties) return `Record<${typeOf({ type: 'string', ...propertyNames })}, ${rest}>`
  const open = additionalProperties !== undefined && additionalProperties !== false && !isEmpty(properties)
  const lines = Object.entries(properties).flatMap(([name, shape]) => [
    ...(shape.description ? [`/** ${shape.description} */`] : []),
    `${name}${required.includes(name) ? '' : '?'}: ${typeOf(shape)}`,
  ])
  return `{\n${[...lines, ...(open ? [`[key: string]: ${rest}`] : [])].join('\n')}\n}`
}

function isEmpty(properties: Record<string, Shape>): boolean {
  return Object.keys(properties).length === 0
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

export const wireFile = resolve(import.meta.dirname, 'wire.ts')

/** Equal but for how it is laid out. */
export async function isCurrent(): Promise<boolean> {
  const bare = (text: string) => text.replaceAll(/[\s|()]+/g, '')
  return bare(await readFile(wireFile, 'utf8')) === bare(wireTypes())
}

if (import.meta.main) await writeFile(wireFile, wireTypes())
