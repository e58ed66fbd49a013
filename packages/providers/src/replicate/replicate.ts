import type { ModelSpec } from '@halftone/contracts'
import { unreadable } from '../answer-error.ts'
import type { HttpAnswer, Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Polled, Started } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { createCarry } from './carry.ts'
import { type DownloadOptions, download } from './download.ts'
import { endedWithoutPicture, endNotKnown, replicateError } from './errors.ts'
import { findPrediction } from './find-prediction.ts'
import { predictionInput, replicateMask } from './input.ts'
import { outputUrls } from './output-urls.ts'
import { submitTarget } from './submit-to.ts'
import { createdSchema, type Prediction, predictionSchema } from './wire.ts'

const provider = 'Replicate'

/**
 * Replicate: a call creates a prediction, its end is polled, the pictures lie at URLs that die after an hour.
 * A lost call is found again by the attempt id in its webhook URL.
 */
export function createReplicate(
  credentials: Credentials,
  send: Send,
  options: Pick<DownloadOptions, 'pause'> = {},
): ImageProvider {
  const { baseUrl } = credentials
  const authorization = `Bearer ${credentials.key}`

  function ask(method: 'GET' | 'POST', url: string, signal: AbortSignal): Promise<HttpAnswer> {
    const limits = { timeoutMs: 30_000, bytesMax: 10_000_000 }
    return send({ provider, method, url, headers: { authorization }, paid: false, signal, ...limits })
  }

  function urlOf(providerRef: string): string {
    return `${baseUrl}/predictions/${encodeURIComponent(providerRef)}`
  }

  async function start(call: Call): Promise<Started> {
    const target = submitTarget(call.spec)
    const input = await predictionInput(call, createCarry({ send, baseUrl, authorization }, call.signal))
    const answer = await send({
      provider,
      method: 'POST',
      url: `${baseUrl}${target.path}`,
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
      body: JSON.stringify({ ...target.fields, input, ...webhookFields(call.callbackUrl, baseUrl) }),
      paid: true,
      signal: call.signal,
      timeoutMs: 60_000,
      bytesMax: 10_000_000,
    })
    if (!isGood(answer)) throw replicateError(answer)
    const created = readJson(answer, createdSchema)
    if (!created) throw unreadable(provider, answer)
    // Even when it has ended already: the id is kept first, and the pictures are fetched by asking.
    const isRunning = created.status === 'starting' || created.status === 'processing'
    return {
      kind: 'accepted',
      providerRef: created.id,
      pollAfterMs: isRunning ? firstPollAfterMs(call.spec) : 0,
    }
  }

  async function poll(providerRef: string, call: Pick<Call, 'spec' | 'request' | 'signal'>): Promise<Polled> {
    const prediction = await readEnd(ask('GET', urlOf(providerRef), call.signal))
    switch (prediction.status) {
      case 'starting':
      case 'processing':
        return { kind: 'pending', pollAfterMs: nextPollAfterMs }
      case 'failed':
      case 'canceled':
      case 'aborted':
        throw endedWithoutPicture(prediction)
      case 'succeeded': {
        const urls = outputUrls(prediction).slice(0, call.request.n)
        const from = { send, baseUrl, authorization, pause: options.pause }
        const images = await Promise.all(urls.map((url) => download(url, from, call.signal)))
        return { kind: 'done', result: { images, usage: { seconds: prediction.metrics?.predict_time } } }
      }
    }
  }

  return {
    id: 'replicate',
    recoverability: 'findable',
    maskForm: replicateMask,
    start,
    poll,
    async cancel(providerRef, signal) {
      const answer = await ask('POST', `${urlOf(providerRef)}/cancel`, signal)
      if (!isGood(answer)) throw endNotKnown(replicateError(answer))
    },
    find: (attemptId, since, signal) =>
      findPrediction(attemptId, since, baseUrl, (url) => ask('GET', url, signal)),
    probe: probeWith({
      send,
      provider,
      url: `${baseUrl}/account`,
      headers: { authorization },
      toError: replicateError,
    }),
  }
}

async function readEnd(asked: Promise<HttpAnswer>): Promise<Prediction> {
  try {
    const answer = await asked
    if (!isGood(answer)) throw replicateError(answer)
    const prediction = readJson(answer, predictionSchema)
    if (!prediction) throw unreadable(provider, answer)
    return prediction
  } catch (error) {
    throw endNotKnown(error)
  }
}

function isGood(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300
}

/** Replicate takes https only; a provider that is itself reached by http (the simulator) may call back so too. */
function webhookFields(callbackUrl: string | null, baseUrl: string): Record<string, unknown> {
  const allowed = callbackUrl?.startsWith('https:') || baseUrl.startsWith('http:')
  return callbackUrl !== null && allowed ? { webhook: callbackUrl, webhook_events_filter: ['completed'] } : {}
}

/**
 * Asking is free but limited (3,000 a minute, docs): first when nearly half of the runs are done, then closely, since
 * what a poll comes too late adds to the latency that was promised. The worker spaces later polls out.
 */
function firstPollAfterMs(spec: ModelSpec): number {
  return clamp(spec.latency_hint_ms.p50 * 0.9)
}

const nextPollAfterMs = 150

function clamp(ms: number): number {
  return Math.round(Math.min(Math.max(ms, 100), 5_000))
}
