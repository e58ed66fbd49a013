import { readFile, stat } from 'node:fs/promises'
import { type Clock, type PriceComponent, type PriceRule, priceRuleSchema } from '@halftone/contracts'
import { parse } from 'yaml'
import { z } from 'zod'
import { toDecimal } from '../decimal.ts'
import { exactSize, feedRule, perImage } from './feed-rule.ts'
import type { PriceSource } from './source.ts'

const amountSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  const amount = toDecimal(value)
  if (amount !== null && !amount.startsWith('-')) return amount
  context.addIssue({ code: 'custom', message: 'an amount in dollars that is not negative, like "0.04"' })
  return z.NEVER
})

/** What a person writes: a price of one model, or a whole rule for what that cannot say. */
const entrySchema = z
  .strictObject({
    model: z.string().regex(/^[^/]+\/.+$/, 'provider/model, like "openai/gpt-image-2"'),
    operation: z.string().default('generate'),
    size: z
      .string()
      .regex(/^\d{1,5}x\d{1,5}$/, 'WIDTHxHEIGHT, like "1024x1024"')
      .optional(),
    quality: z.string().optional(),
    per_image: amountSchema.optional(),
    per_megapixel: amountSchema.optional(),
    per_image_token_million: amountSchema.optional(),
    /** Where it was read, and when. */
    page: z.string().optional(),
    as_of: z.iso.date().optional(),
    retires_on: z.iso.date().optional(),
    confidence: z.number().min(0).max(1).default(1),
  })
  .refine((entry) => componentsOf(entry).length === 1, {
    message: 'one of per_image, per_megapixel and per_image_token_million',
  })
type Entry = z.infer<typeof entrySchema>
const fileSchema = z.strictObject({
  prices: z.array(entrySchema).default([]),
  rules: z.array(priceRuleSchema).default([]),
})

export const operatorFileId = 'operator-file'

/** A file of prices that somebody edits, YAML or JSON. A fault in it leaves the last good ones, and names the place. */
export function createOperatorFile(settings: { path: string; intervalMs: number; now: Clock }): PriceSource {
  return {
    id: operatorFileId,
    role: 'operator',
    providers: null,
    intervalMs: settings.intervalMs,
    async poll(previousEtag) {
      const { mtimeMs, size } = await stat(settings.path)
      const etag = `${mtimeMs}-${size}`
      if (etag === previousEtag) return { kind: 'unchanged' }
      const rules = operatorRules(
        await readFile(settings.path, 'utf8'),
        new Date(settings.now()).toISOString(),
      )
      return { kind: 'rules', rules, etag }
    },
  }
}

export function operatorRules(text: string, now: string): PriceRule[] {
  const file = fileSchema.safeParse(parse(text) ?? {})
  if (!file.success) {
    const fault = file.error.issues[0]
    throw new Error(`the price file, at ${fault?.path.join('.') || 'the top'}: ${fault?.message}`)
  }
  const source = { kind: 'operator_override', id: operatorFileId } as const
  return [
    ...file.data.prices.map((entry) => ruleOf(entry, now)),
    ...file.data.rules.map((rule) => ({ ...rule, source: { ...rule.source, ...source } })),
  ]
}

function ruleOf(entry: Entry, now: string): PriceRule {
  const [provider = '', ...model] = entry.model.split('/')
  const observedAt = entry.as_of ?? now
  const { operation, quality, confidence } = entry
  const origin = { kind: 'operator_override', id: operatorFileId, confidence, observedAt } as const
  const components = componentsOf(entry)
  const rule = feedRule(origin, {
    ...{ provider, model: model.join('/'), operation, components },
    quality: quality ?? null,
    size: (entry.size && exactSize(entry.size)) || { kind: 'any' },
    retiresOn: entry.retires_on ?? null,
    locator: entry.page ?? null,
  })
  // who writes a zero by hand means it
  return components.every(({ amount }) => amount === '0') ? { ...rule, status: 'free' } : rule
}

function componentsOf(entry: {
  per_image?: string
  per_megapixel?: string
  per_image_token_million?: string
}): PriceComponent[] {
  const { per_image, per_megapixel, per_image_token_million: perMillion } = entry
  return [
    ...(per_image === undefined ? [] : [perImage(per_image)]),
    ...(per_megapixel === undefined
      ? []
      : [
          {
            ...({ kind: 'per_megapixel', amount: per_megapixel, of: 'output' } as const),
            ...({ mp_pixels: 1_048_576, round: 'ceil', scope: 'each' } as const),
          },
        ]),
    ...(perMillion === undefined
      ? []
      : [
          {
            kind: 'per_token',
            stream: 'image_out',
            amount: perMillion,
            per: 1_000_000,
            estimate: null,
          } as const,
        ]),
  ]
}
