import { limits } from '@halftone/contracts'
import { answerError, unreadable } from '../answer-error.ts'
import { type HttpAnswer, header, type Send } from '../http.ts'
import type { Credentials, ImageProvider, Result } from '../image-provider.ts'
import { multipart } from '../multipart.ts'
import { probeWith } from '../probe.ts'
import { stabilityMask } from './edits.ts'
import { stabilityError } from './errors.ts'
import { stabilityForm } from './form.ts'

const provider = 'Stability'
const callTimeoutMs = 180_000

/**
 * Stability's Stable Image API: one synchronous call, a form in, the picture's bytes out.
 * There is no way to ask for a lost answer.
 */
export function createStability(credentials: Credentials, send: Send): ImageProvider {
  const root = credentials.baseUrl.replace(/\/v2beta$/, '')
  const authorization = { authorization: `Bearer ${credentials.key}` }

  return {
    id: 'stability',
    recoverability: 'blind',
    maskForm: () => stabilityMask,
    async start(call) {
      const { path, form } = await stabilityForm(call)
      const { contentType, body } = await multipart(form)
      const answer = await send({
        provider,
        method: 'POST',
        url: `${root}/v2beta/stable-image/${path}`,
        headers: {
          ...authorization,
          accept: 'image/*',
          'content-type': contentType,
          'idempotency-key': call.attemptId,
        },
        body,
        paid: true,
        signal: call.signal,
        timeoutMs: callTimeoutMs,
        bytesMax: limits.fileBytes,
      })
      if (answer.status !== 200) throw stabilityError(answer)
      return { kind: 'done', result: readResult(answer) }
    },
    probe: probeWith({
      send,
      provider,
      url: `${root}/v1/user/balance`,
      headers: authorization,
      toError: stabilityError,
    }),
  }
}

function readResult(answer: HttpAnswer): Result {
  // A blurred picture, billed like a good one.
  if (header(answer, 'finish-reason') === 'CONTENT_FILTERED')
    throw answerError(provider, answer, { code: 'content_policy', billed: 'yes' })
  const isPicture = header(answer, 'content-type')?.startsWith('image/') === true && answer.body.length > 0
  if (!isPicture) throw unreadable(provider, answer)
  return { images: [answer.body], usage: {} }
}
