import { z } from 'zod'
import { contentTypes } from './content-types.ts'
import { hostPresetSchema } from './host-preset.ts'
import { backgrounds, imageFormats, inputFidelities, moderations, modes } from './job.ts'
import { maskTemplates } from './mask-templates.ts'
import { priceRuleSchema } from './price-rule.ts'
import { providerLimitsSchema } from './provider-limits.ts'

/** Which pictures a model can make. A size that is not in it excludes the model: nothing is ever scaled. */
export const sizesSchema = z.discriminatedUnion('kind', [
  /** Just these, as WIDTHxHEIGHT; `names` says what the provider calls each (an aspect ratio, say). */
  z.strictObject({
    kind: z.literal('list'),
    list: z.array(z.string().regex(/^\d+x\d+$/)),
    names: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    kind: z.literal('range'),
    multiple_of: z.int().min(1),
    min_edge: z.int(),
    max_edge: z.int(),
    min_pixels: z.int().optional(),
    max_pixels: z.int().optional(),
    /** Longer edge over shorter edge, at most. */
    max_ratio: z.number().optional(),
  }),
  /** The answer has the size of the input (edits), or `factor` times its width and height; the bounds are the input's. */
  z.strictObject({
    kind: z.literal('same_as_input'),
    min_edge: z.int(),
    max_pixels: z.int(),
    factor: z.int().min(2).optional(),
  }),
])
export type Sizes = z.infer<typeof sizesSchema>

const operationSchema = z.strictObject({
  sizes: sizesSchema,
  n_max: z.int().min(1),
  /** Edit kinds that this operation does; absent for `generate`. `edit` is one by words alone, without kind and mask. */
  edit_kinds: z.array(z.string()).optional(),
  /** `required`: no call without a mask. */
  mask: z.enum(['none', 'optional', 'required']).default('none'),
  /** Input pictures in one call, the edited one included. */
  images_max: z.int().min(0).default(0),
  /** What single edit kinds need or take, where it differs from the above. */
  by_kind: z
    .record(
      z.string(),
      z.strictObject({
        mask: z.enum(['none', 'optional', 'required']).optional(),
        images_min: z.int().optional(),
        images_max: z.int().optional(),
        sizes: sizesSchema.optional(),
        /** The only ones in which this kind makes sense: nothing else is transcoded from them. */
        formats: z.array(z.enum(imageFormats)).optional(),
        /** What is edited is found by words: no call without `select_prompt`. */
        select: z.boolean().optional(),
      }),
    )
    .optional(),
  /** How a variation is done where the provider has no such call. */
  by: z.enum(['reference_edit']).optional(),
})

/** How sure the facts are: checked against the provider's own specification; read in documents; hearsay. */
export const factConfidences = ['spec-validated', 'document-derived', 'low'] as const

/** What one model can do, as dated data. Everything it does not list excludes the model from a request that asks for it. */
export const modelSpecSchema = z.strictObject({
  provider: z.string(),
  model: z.string(),
  operations: z.partialRecord(z.enum(['generate', 'edit', 'variation']), operationSchema),
  /** Qualities that may be asked for; empty = the model has no such setting. */
  qualities: z.array(z.string()),
  /** What is sent (and priced) when the caller leaves quality to us. null = nothing is sent. */
  default_quality: z.string().nullable(),
  steps: z.strictObject({ min: z.int(), max: z.int(), default: z.int() }).nullable(),
  seed: z.boolean(),
  modes: z.array(z.enum(modes)),
  /** Formats the provider itself answers with; the first is what we ask for when the caller does not say. */
  formats: z.array(z.enum(imageFormats)).min(1),
  /** What may be asked for beyond the usual; left out: the model has no such setting. */
  backgrounds: z.array(z.enum(backgrounds)).optional(),
  /** Formats whose compression can be set. */
  compression: z.array(z.enum(imageFormats)).optional(),
  moderations: z.array(z.enum(moderations)).optional(),
  input_fidelities: z.array(z.enum(inputFidelities)).optional(),
  prompt_max_chars: z.int(),
  /** The provider's own batch tier: the most calls of a lot, and when it has ended at the latest. Left out: none. */
  batch: z
    .strictObject({
      lines_max: z.int(),
      hours: z.int(),
      /** Edits go there by one of these mask templates only. Left out: with any mask, or none. */
      mask_templates: z.union([z.literal('any'), z.array(z.enum(maskTemplates)).min(1)]).optional(),
    })
    .optional(),
  retires_on: z.iso.date().nullable(),
  latency_hint_ms: z.strictObject({ p50: z.int(), p95: z.int() }),
  /** Quality by content type, 0..1, until an evaluation pass measures it. */
  quality: z.partialRecord(z.enum(contentTypes), z.number().min(0).max(1)),
  quality_default: z.number().min(0).max(1),
  /** Who says so. Left out: a prior of ours. */
  quality_source: z.string().optional(),
  /** What the adapter needs to reach it: an endpoint's name, an owner, a field's name. */
  wire: z.record(z.string(), z.string()),
  as_of: z.iso.date(),
  /** Of what is said above, but for quality and latency. Left out: low. */
  confidence: z.enum(factConfidences).optional(),
  sources: z.array(z.string()).min(1),
})
export type ModelSpec = z.infer<typeof modelSpecSchema>

export const providerSpecSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** The environment variable with its key; the base URL's is the same with _BASE_URL. */
  key_env: z.string(),
  base_url: z.string(),
  limits: providerLimitsSchema,
  /** A host without an adapter of its own: it is spoken to as to OpenAI, with these differences. */
  preset: hostPresetSchema.optional(),
  sources: z.array(z.string()).min(1),
})
export type ProviderSpec = z.infer<typeof providerSpecSchema>

export const catalogueSchema = z.strictObject({
  name: z.string(),
  what: z.string(),
  providers: z.array(providerSpecSchema),
  models: z.array(modelSpecSchema),
  rules: z.array(priceRuleSchema),
  /** Least quality accepted by content type, where the caller asks for none. */
  floors: z.partialRecord(z.enum(contentTypes), z.number()),
  floors_source: z.string(),
})
export type Catalogue = z.infer<typeof catalogueSchema>

/** `openai/gpt-image-2`: how a model is named in routing rules, prices and reports. */
export function modelKey(spec: { provider: string; model: string }): string {
  return `${spec.provider}/${spec.model}`
}
