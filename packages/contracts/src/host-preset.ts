import { z } from 'zod'
import { maskEdits } from './job.ts'

const fieldName = z.string().min(1).max(100)
const headers = z.record(z.string(), z.string())

/**
 * How one host speaks the OpenAI images API, as data: what it calls things, what it lacks, where the picture is, what
 * its errors mean. A default is what OpenAI does; so `{}` is a host that does all as OpenAI.
 */
export const hostPresetSchema = z.strictObject({
  /** How the key is sent. */
  auth: z
    .strictObject({ header: fieldName.default('authorization'), prefix: z.string().default('Bearer ') })
    .prefault({}),
  /** Sent with every call. A gateway's own retries and fallbacks are switched off here: the choice is ours. */
  headers: headers.default({}),
  paths: z
    .strictObject({
      generate: z.string().startsWith('/').default('/images/generations'),
      /** A free GET that needs the key. */
      probe: z.string().startsWith('/').default('/models'),
    })
    .prefault({}),
  /** What the host calls each of our words. null = it has none: a request that needs it is refused unsent. */
  fields: z
    .strictObject({
      n: fieldName.nullable().default('n'),
      /** `WIDTHxHEIGHT` in one field, two numbers, or null where every model has one size only. */
      size: z
        .union([fieldName, z.strictObject({ width: fieldName, height: fieldName })])
        .nullable()
        .default('size'),
      quality: fieldName.nullable().default('quality'),
      format: fieldName.nullable().default(null),
      seed: fieldName.nullable().default(null),
      steps: fieldName.nullable().default(null),
      background: fieldName.nullable().default(null),
      compression: fieldName.nullable().default(null),
      moderation: fieldName.nullable().default(null),
      fidelity: fieldName.nullable().default(null),
    })
    .prefault({}),
  /** Fields that are always sent, such as `response_format`. */
  fixed: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** How a picture is edited. null = this host edits nothing. */
  edit: z
    .strictObject({
      path: z.string().startsWith('/').default('/images/edits'),
      /** `form`: files; `json`: data URIs. */
      body: z.enum(['form', 'json']).default('form'),
      image: fieldName.default('image'),
      /** What several pictures are called; null = the host takes one. */
      images: fieldName.nullable().default('image[]'),
      /** Which pixels of the mask the host changes; null = it takes no mask. */
      mask: z
        .strictObject({ field: fieldName.default('mask'), edits: z.enum(maskEdits) })
        .nullable()
        .default({ field: 'mask', edits: 'transparent' }),
    })
    .nullable()
    .default(null),
  answer: z
    .strictObject({
      /** The list's place in the answer, with dots: `data`, `images`, `output.images`. */
      list: z.string().default('data'),
      /** Names of the base64 text and of the URL in each item; an item may be such a text itself. Either may be a data URI. */
      base64: fieldName.default('b64_json'),
      url: fieldName.default('url'),
      /** A number in each item that tells its place, where the list may be shuffled. */
      order: fieldName.nullable().default(null),
    })
    .prefault({}),
  /** Hosts that pictures may be fetched from, `*.` for any below; the host itself always. The key goes to none of them. */
  download_hosts: z.array(z.string()).default([]),
  /** Where the answer says what the call cost, and what one of that is in USD. It outranks our price. */
  cost: z
    .strictObject({
      in: z.enum(['header', 'body']),
      name: fieldName,
      unit_usd: z.string().regex(/^\d+(\.\d+)?$/),
    })
    .nullable()
    .default(null),
  /** Errors that do not mean what their status says elsewhere. The first that fits wins; all that it names must fit. */
  errors: z
    .array(
      z.strictObject({
        status: z.int().optional(),
        /** `error.code` or `error.type` or, at the top, `code`. */
        code: z.string().optional(),
        /** In the body, whatever its case. */
        says: z.string().optional(),
        as: z.enum([
          'invalid_request',
          'content_policy',
          'provider_auth',
          'provider_out_of_credit',
          'provider_config',
          'rate_limited',
          'provider_down',
          'outcome_unknown',
        ]),
        billed: z.enum(['no', 'yes', 'unknown']).default('no'),
      }),
    )
    .default([]),
})
export type HostPreset = z.infer<typeof hostPresetSchema>
