import { unreadable } from '../answer-error.ts'
import { downloadPicture, type PictureHost } from '../download-picture.ts'
import { failure, unsendable } from '../failure.ts'
import type { HttpAnswer, Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Polled, Started } from '../image-provider.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { stillUnknown } from '../rebilled.ts'
import { bflError, endedWithoutPicture } from './errors.ts'
import { bflMask, taskInput } from './input.ts'
import { readTaskRef, type Task, taskRef } from './task-ref.ts'
import { type ResultAnswer, resultAnswerSchema, submitAnswerSchema } from './wire.ts'

const provider = 'Black Forest Labs'
/** Theirs, and the store that their delivery URLs were seen to lead to. No key is sent there. */
const deliveryHosts = ['*.bfl.ai', '*.blob.core.windows.net']

/**
 * Black Forest Labs: a call creates a task, whose cost is told at once and whose end is polled where the answer says;
 * its picture lies at a URL that dies after ten minutes, so it is fetched by the poll that finds it. No webhook is
 * asked for: then the answer names no place to poll, and the task may lie in another region. A lost submit is lost.
 */
export function createBfl(
  credentials: Credentials,
  send: Send,
  options: Pick<PictureHost, 'pause'> = {},
): ImageProvider {
  const { baseUrl } = credentials
  const authorization = { 'x-key': credentials.key }
  const host = { provider, send, baseUrl, hosts: deliveryHosts, again: true, ...options }

  async function start(call: Call): Promise<Started> {
    const { endpoint } = call.spec.wire
    if (!endpoint) throw unsendable(provider, 'the catalogue names no endpoint')
    const answer = await send({
      provider,
      method: 'POST',
      url: `${baseUrl}/${endpoint}`,
      headers: { ...authorization, 'content-type': 'application/json', 'idempotency-key': call.attemptId },
      body: JSON.stringify(await taskInput(call)),
      paid: true,
      signal: call.signal,
      timeoutMs: 60_000,
      bytesMax: 1_000_000,
    })
    if (answer.status !== 200) throw bflError(answer)
    const task = readJson(answer, submitAnswerSchema)
    if (!task) throw unreadable(provider, answer)
    const pollAfterMs = Math.max(100, Math.round(call.spec.latency_hint_ms.p50 * 0.9))
    return { kind: 'accepted', providerRef: taskRef(task, baseUrl), pollAfterMs }
  }

  async function poll(providerRef: string, call: Pick<Call, 'signal'>): Promise<Polled> {
    const task = readTaskRef(providerRef, baseUrl)
    if (!task)
      throw failure(provider, 'bad_answer', {
        billed: 'unknown',
        cause: new Error(`not theirs: ${providerRef}`),
      })
    const found = await readTask(task, call.signal)
    if (found.status === 'Pending') return { kind: 'pending', pollAfterMs: nextPollAfterMs }
    const sample = found.result?.sample
    if (!sample) {
      const cause = new Error('ready, but without a picture')
      throw failure(provider, 'bad_answer', { billed: 'yes', usage: task.usage, cause })
    }
    const image = await downloadPicture(sample, { ...host, usage: task.usage }, call.signal)
    return { kind: 'done', result: { images: [image], usage: task.usage } }
  }

  /** A task that is pending or ready. */
  async function readTask(task: Task, signal: AbortSignal): Promise<ResultAnswer> {
    const answer = await ask(task.url, signal).catch((error: unknown) => {
      throw stillUnknown(provider, error)
    })
    const found = answer.status === 200 ? readJson(answer, resultAnswerSchema) : null
    if (!found)
      throw stillUnknown(provider, answer.status === 200 ? unreadable(provider, answer) : bflError(answer))
    const ended = endedWithoutPicture(found, task.usage)
    if (ended) throw ended
    if (found.status !== 'Pending' && found.status !== 'Ready') throw unreadable(provider, answer)
    return found
  }

  function ask(url: string, signal: AbortSignal): Promise<HttpAnswer> {
    const limits = { timeoutMs: 30_000, bytesMax: 10_000_000 }
    return send({ provider, method: 'GET', url, headers: authorization, paid: false, signal, ...limits })
  }

  return {
    id: 'bfl',
    recoverability: 'blind',
    maskForm: bflMask,
    start,
    poll,
    probe: probeWith({
      send,
      provider,
      url: `${baseUrl}/credits`,
      headers: authorization,
      toError: bflError,
    }),
  }
}

/** As their own examples do; the worker spaces later polls out. */
const nextPollAfterMs = 500
