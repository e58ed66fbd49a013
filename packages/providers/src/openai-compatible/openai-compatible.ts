import { type HostPreset, limits, type ProviderSpec } from '@halftone/contracts'
import { z } from 'zod'
import { unreadable } from '../answer-error.ts'
import { type HttpAnswer, header, type Open, type Send } from '../http.ts'
import type { Call, Credentials, ImageProvider, Result, Usage } from '../image-provider.ts'
import { createOpenAiBatches } from '../openai-batches.ts'
import { probeWith } from '../probe.ts'
import { readJson } from '../read-json.ts'
import { reportedCost } from '../reported-cost.ts'
import { hostError, isError } from './errors.ts'
import { at, readPictures } from './pictures.ts'
import { batchBody, hostMask, hostRequest } from './request.ts'
import { usageSchema } from './wire.ts'

/** Gateways in front of slow providers keep a call open for minutes. */
const callTimeoutMs = 600_000

export type Host = Pick<ProviderSpec, 'id' | 'name'> & { preset: HostPreset }

/**
 * Any host that speaks like OpenAI, with its differences as data (`HostPreset`). One synchronous call; there is no way
 * to ask for a lost answer.
 */
export function createOpenAiCompatible(
  host: Host,
  credentials: Credentials,
  send: Send,
  open?: Open,
): ImageProvider {
  const { id, name, preset } = host
  const headers = { ...preset.headers, [preset.auth.header]: `${preset.auth.prefix}${credentials.key}` }
  const toError = (answer: HttpAnswer) => hostError(name, preset, answer)

  return {
    id,
    recoverability: 'blind',
    maskForm: () => hostMask(preset),
    async start(call) {
      const { path, contentType, body } = await hostRequest(name, preset, call)
      const answer = await send({
        provider: name,
        method: 'POST',
        url: `${credentials.baseUrl}${path}`,
        headers: { ...headers, 'content-type': contentType, 'idempotency-key': call.attemptId },
        body,
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: Math.ceil((call.request.n * limits.fileBytes * 4) / 3) + 1_000_000,
      })
      if (answer.status !== 200 || isError(answer)) throw toError(answer)
      return { kind: 'done', result: await readResult(answer, call) }
    },
    ...(preset.batch && open
      ? {
          batch: createOpenAiBatches({
            provider: name,
            baseUrl: credentials.baseUrl,
            headers,
            send,
            open,
            toError,
            body: (call) => batchBody(name, preset, call),
            read: readResult,
          }),
        }
      : {}),
    probe: probeWith({
      send,
      provider: name,
      url: `${credentials.baseUrl}${preset.paths.probe}`,
      headers,
      toError,
    }),
  }

  async function readResult(
    good: HttpAnswer,
    call: Pick<Call, 'request' | 'images' | 'signal'>,
  ): Promise<Result> {
    const wire = readJson(good, z.json())
    const usage = usageOf(good, wire, call.images.length > 0)
    const place = { send, provider: name, baseUrl: credentials.baseUrl, hosts: preset.download_hosts, usage }
    const images = wire === null ? null : await readPictures(wire, preset, place, call.signal)
    if (!images) throw unreadable(name, good)
    return { images: images.slice(0, call.request.n), usage }
  }

  function usageOf(answer: HttpAnswer, wire: unknown, hasImages: boolean): Usage {
    const usage = readJson(answer, usageSchema)?.usage
    const tokens = usage?.output_tokens
      ? {
          // Without a split: at the dearer of the rates that may apply.
          text_in: usage.input_tokens_details?.text_tokens ?? (hasImages ? 0 : (usage.input_tokens ?? 0)),
          image_in: usage.input_tokens_details?.image_tokens ?? (hasImages ? (usage.input_tokens ?? 0) : 0),
          image_out: usage.output_tokens,
        }
      : null
    const reported = costIn(answer, wire)
    return { ...(tokens ? { tokens } : {}), ...(reported === null ? {} : { reported }) }
  }

  function costIn(answer: HttpAnswer, wire: unknown) {
    if (!preset.cost) return null
    const { in: place, name: what, unit_usd } = preset.cost
    return reportedCost(place === 'header' ? header(answer, what) : at(wire, what), unit_usd)
  }
}
