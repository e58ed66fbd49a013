import { expect, test } from 'vitest'
import { z } from 'zod'
import { typedFields } from './read-form.ts'

const schema = z.strictObject({
  prompt: z.string(),
  n: z.int(),
  stream: z.boolean().default(false),
  halftone: z.object({ quality_floor: z.number(), seed: z.int() }).optional(),
})

test('a form’s text is read as what the schema wants, and a prompt of digits stays a prompt', () => {
  const fields = { prompt: '7', n: '3', stream: 'true', halftone: { quality_floor: '0.5', seed: '4' } }
  expect(schema.parse(typedFields(schema, fields))).toEqual({
    ...{ prompt: '7', n: 3, stream: true },
    halftone: { quality_floor: 0.5, seed: 4 },
  })
  const asText = { prompt: 'x', n: '1', halftone: '{"quality_floor":1,"seed":2}' }
  expect(schema.parse(typedFields(schema, asText))).toMatchObject({ halftone: { seed: 2 } })
})

test('what cannot be read so is left for the schema to refuse', () => {
  expect(schema.safeParse(typedFields(schema, { prompt: 'x', n: 'many' })).success).toBe(false)
  expect(schema.safeParse(typedFields(schema, { prompt: 'x', n: '1', stream: 'yes' })).success).toBe(false)
})
