import { unreadable } from '../answer-error.ts'
import { downloadPicture, type PictureHost } from '../download-picture.ts'
import { failure, unsendable } from '../failure.ts'
import type { HttpAnswer, HttpRequest, Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Polled, Result, Started, Usage } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { stillUnknown } from '../rebilled.ts'
import { trustedUrl } from '../trusted-url.ts'
import { billedUnits, endedWithError, falError } from './errors.ts'
import { falMask, modelInput } from './input.ts'
import { outputSchema, type SubmitAnswer, statusAnswerSchema, submitAnswerSchema } from './wire.ts'

const provider = 'fal'
const apiDomains = ['fal.run']
const deliveryHosts = ['fal.media', '*.fal.media']

/**
 * fal's queue: a call is accepted, its status is polled where the answer says, its result is the model's output or its
 * error. The queue's own ten tries are switched off, since the choice of where to try again is ours. A webhook
 * wakes us and names the request, so that a lost submit is followed by that id; what else it says is not read.
 */
export function createFal(
  credentials: Credentials,
  send: Send,
  options: Pick<PictureHost, 'pause'> = {},
): ImageProvider {
  const { baseUrl } = credentials
  const authorization = { authorization: `Key ${credentials.key}` }
  const host = { provider, send, baseUrl, hosts: deliveryHosts, again: true, ...options }

  async function start(call: Call): Promise<Started> {
    const { endpoint } = call.spec.wire
    if (!endpoint) throw unsendable(provider, 'the catalogue names no endpoint')
    const answer = await send({
      provider,
      method: 'POST',
      url: `${baseUrl}/${endpoint}${webhookQuery(call.callbackUrl, baseUrl)}`,
      headers: {
        ...authorization,
        'content-type': 'application/json',
        'x-fal-no-retry': '1',
        'idempotency-key': call.attemptId,
      },
      body: JSON.stringify(await modelInput(call)),
      paid: true,
      signal: call.signal,
      timeoutMs: 60_000,
      bytesMax: 1_000_000,
    })
    if (!isGood(answer)) throw falError(answer)
    const submitted = readJson(answer, submitAnswerSchema)
    if (!submitted) throw unreadable(provider, answer)
    const pollAfterMs = Math.max(100, Math.round(call.spec.latency_hint_ms.p50 * 0.9))
    return { kind: 'accepted', providerRef: statusUrl(submitted, endpoint, baseUrl), pollAfterMs }
  }

  async function poll(providerRef: string, call: Pick<Call, 'spec' | 'request' | 'signal'>): Promise<Polled> {
    // A lost submit is known by the id that its webhook named.
    const ref = bareId.test(providerRef)
      ? statusUrl({ request_id: providerRef }, call.spec.wire.endpoint ?? '', baseUrl)
      : providerRef
    const responseUrl = await responseUrlOnceDone(ref, call.signal)
    if (!responseUrl) return { kind: 'pending', pollAfterMs: nextPollAfterMs }
    const answer = await ask('GET', responseUrl, call.signal)
    if (!isGood(answer)) throw endedWithError(answer) ?? stillUnknown(provider, falError(answer))
    return { kind: 'done', result: await readResult(answer, call) }
  }

  async function responseUrlOnceDone(providerRef: string, signal: AbortSignal): Promise<string | null> {
    const answer = await ask('GET', theirs(providerRef), signal)
    if (!isGood(answer)) throw stillUnknown(provider, falError(answer))
    const found = readJson(answer, statusAnswerSchema)
    if (!found) throw stillUnknown(provider, unreadable(provider, answer))
    if (found.status !== 'COMPLETED') return null
    const given = found.response_url && trustedUrl(found.response_url, baseUrl, apiDomains)
    return given ? given.href : providerRef.replace(/\/status$/, '')
  }

  async function readResult(
    answer: HttpAnswer,
    { request, signal }: Pick<Call, 'request' | 'signal'>,
  ): Promise<Result> {
    const units = billedUnits(answer)
    const usage: Usage = units === null ? {} : { units }
    const output = readJson(answer, outputSchema)
    const urls = (output?.images ?? (output?.image ? [output.image] : [])).map(({ url }) => url)
    if (urls.length === 0) throw ended('bad_answer', usage, 'a result without a picture')
    // The black picture in place of a refused one is billed like a good one.
    if (output?.has_nsfw_concepts?.includes(true)) throw ended('content_policy', usage, 'blackened as NSFW')
    const asked = urls.slice(0, request.n)
    return {
      images: await Promise.all(asked.map((url) => downloadPicture(url, { ...host, usage }, signal))),
      usage,
    }
  }

  /** What is kept of a call leads to where the key may be sent, or to nowhere. */
  function theirs(providerRef: string): string {
    const url = trustedUrl(providerRef, baseUrl, apiDomains)
    if (url) return url.href
    const cause = new Error(`not a place of fal's: ${providerRef}`)
    throw failure(provider, 'bad_answer', { billed: 'unknown', cause })
  }

  function ask(method: HttpRequest['method'], url: string, signal: AbortSignal): Promise<HttpAnswer> {
    const limits = { timeoutMs: 30_000, bytesMax: 10_000_000 }
    return send({ provider, method, url, headers: authorization, paid: false, signal, ...limits }).catch(
      (error: unknown) => {
        throw stillUnknown(provider, error)
      },
    )
  }

  return {
    id: 'fal',
    recoverability: 'blind',
    maskForm: falMask,
    start,
    poll,
    async cancel(providerRef, signal) {
      const answer = await ask('PUT', theirs(providerRef).replace(/\/status$/, '/cancel'), signal)
      // 400 says that it has ended already.
      if (!isGood(answer) && answer.status !== 400) throw stillUnknown(provider, falError(answer))
    },
    probe: probeWith({
      send,
      provider,
      url: `${platformUrl(baseUrl)}/models/pricing?endpoint_id=fal-ai/flux/dev`,
      headers: authorization,
      toError: falError,
    }),
  }
}

function ended(code: 'bad_answer' | 'content_policy', usage: Usage, why: string): Error {
  return failure(provider, code, { billed: 'yes', usage, status: 200, cause: new Error(why) })
}

function isGood(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300
}

const bareId = /^[\w-]+$/

/** As the submit gives it. Built only where it leads elsewhere: then with owner and app alone, without a sub-path. */
function statusUrl({ request_id, status_url }: SubmitAnswer, endpoint: string, baseUrl: string): string {
  const given = status_url ? trustedUrl(status_url, baseUrl, apiDomains) : null
  const app = endpoint.split('/').slice(0, 2).join('/')
  return given ? given.href : `${baseUrl}/${app}/requests/${encodeURIComponent(request_id)}/status`
}

function webhookQuery(callbackUrl: string | null, baseUrl: string): string {
  const allowed = callbackUrl?.startsWith('https:') || baseUrl.startsWith('http:')
  return callbackUrl !== null && allowed ? `?fal_webhook=${encodeURIComponent(callbackUrl)}` : ''
}

/** Models and prices are on a host of their own; a simulator or proxy has them below the queue's URL. */
function platformUrl(baseUrl: string): string {
  return new URL(baseUrl).hostname === 'queue.fal.run' ? 'https://api.fal.ai/v1' : `${baseUrl}/v1`
}

/** Asking is free; the worker spaces later polls out. */
const nextPollAfterMs = 250
