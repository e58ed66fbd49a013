import { z } from 'zod'
import { unreadable } from '../answer-error.ts'
import { failure } from '../failure.ts'
import type { Send } from '../http.ts'
import type { UsageCount } from '../image-provider.ts'
import { readJson } from '../read-json.ts'
import { openaiError } from './errors.ts'

export interface UsageOptions {
  send: Send
  baseUrl: string
  /** An admin key: project keys may not read usage. */
  adminKey: string
  /** The id of the key that pays; null = it is the organization's only one. */
  keyId: string | null
}

const pagesMax = 50
const minuteMs = 60_000
const hourMs = 3_600_000
const groups = ['api_key_id', 'model', 'size']

const count = z.int().min(0)
const pageSchema = z.object({
  data: z.array(
    z.object({
      start_time: z.int(),
      end_time: z.int(),
      results: z.array(
        z.object({
          images: count,
          num_model_requests: count,
          api_key_id: z.string().nullish(),
          model: z.string().nullish(),
          size: z.string().nullish(),
        }),
      ),
    }),
  ),
  has_more: z.boolean(),
  next_page: z.string().nullish(),
})
type Bucket = z.infer<typeof pageSchema>['data'][number]

/**
 * What OpenAI counted for our key, in buckets of an hour where both ends are whole hours, else of a minute. Throws unless
 * the buckets cover all of the time and belong to one key: a sum over less, or over more, would be a wrong one.
 */
export async function readUsage(
  since: Date,
  until: Date,
  signal: AbortSignal,
  options: UsageOptions,
): Promise<UsageCount[]> {
  const whole = (ms: number) => since.getTime() % ms === 0 && until.getTime() % ms === 0
  const widthMs = whole(hourMs) ? hourMs : minuteMs
  if (!whole(widthMs)) throw new Error('usage is counted in whole minutes')
  const buckets = await readBuckets(since, until, widthMs, signal, options)
  let covered = since.getTime()
  for (const { start_time, end_time } of buckets) {
    if (start_time * 1_000 !== covered) throw cannotTell('the usage report has a gap')
    covered = end_time * 1_000
  }
  if (covered !== until.getTime()) throw cannotTell('the usage report ends too early')
  return countsOf(buckets, options.keyId)
}

async function readBuckets(
  since: Date,
  until: Date,
  widthMs: number,
  signal: AbortSignal,
  { send, baseUrl, adminKey, keyId }: UsageOptions,
): Promise<Bucket[]> {
  const url = new URL(`${baseUrl}/organization/usage/images`)
  url.searchParams.set('start_time', String(since.getTime() / 1_000))
  url.searchParams.set('end_time', String(until.getTime() / 1_000))
  url.searchParams.set('bucket_width', widthMs === hourMs ? '1h' : '1m')
  url.searchParams.set('limit', widthMs === hourMs ? '168' : '1440')
  for (const group of groups) url.searchParams.append('group_by', group)
  if (keyId !== null) url.searchParams.append('api_key_ids', keyId)
  const buckets: Bucket[] = []
  for (let pages = 0; pages < pagesMax; pages++) {
    const answer = await send({
      provider: 'OpenAI',
      method: 'GET',
      url: url.href,
      headers: { authorization: `Bearer ${adminKey}` },
      paid: false,
      signal,
      timeoutMs: 30_000,
      bytesMax: 10_000_000,
    })
    if (answer.status !== 200) throw openaiError(answer)
    const page = readJson(answer, pageSchema)
    if (!page) throw unreadable('OpenAI', answer)
    buckets.push(...page.data)
    if (!page.has_more) return buckets
    if (!page.next_page) throw cannotTell('the usage report names no next page')
    url.searchParams.set('page', page.next_page)
  }
  throw cannotTell('the usage report is too long')
}

function countsOf(buckets: readonly Bucket[], keyId: string | null): UsageCount[] {
  const results = buckets.flatMap((bucket) => bucket.results.map((result) => ({ bucket, result })))
  const ours = results.filter(({ result }) => keyId === null || result.api_key_id === keyId)
  const keys = new Set(ours.map(({ result }) => result.api_key_id ?? null))
  if (keys.size > 1)
    throw cannotTell('several keys are in use, and OPENAI_API_KEY_ID does not say which is ours')
  return ours.map(({ bucket, result }) => ({
    from: new Date(bucket.start_time * 1_000),
    to: new Date(bucket.end_time * 1_000),
    // a model is counted under the snapshot that made the picture
    model: result.model?.replace(/-\d{4}-\d{2}-\d{2}$/, '') ?? null,
    size: result.size ?? null,
    requests: result.num_model_requests,
    images: result.images,
  }))
}

function cannotTell(why: string): Error {
  return failure('OpenAI', 'bad_answer', { billed: 'no', cause: new Error(why) })
}
