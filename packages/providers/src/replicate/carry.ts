import { failure } from '../failure.ts'
import type { Send } from '../http.ts'
import { multipart } from '../multipart.ts'
import { readJson } from '../read-json.ts'
import { uploadFailed } from './errors.ts'
import type { Carry } from './input.ts'
import { fileSchema } from './wire.ts'

/** Longer data URLs are refused: such files are uploaded first, which is free. */
const dataUrlMax = 256_000

export interface CarryOptions {
  send: Send
  baseUrl: string
  authorization: string
}

export function createCarry({ send, baseUrl, authorization }: CarryOptions, signal: AbortSignal): Carry {
  return async (bytes, mediaType) => {
    const dataUrl = `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`
    if (dataUrl.length <= dataUrlMax) return dataUrl
    const form = new FormData()
    form.append('content', new File([new Uint8Array(bytes)], 'input', { type: mediaType }))
    const { contentType, body } = await multipart(form)
    const answer = await send({
      provider: 'Replicate',
      method: 'POST',
      url: `${baseUrl}/files`,
      headers: { authorization, 'content-type': contentType },
      body,
      paid: false,
      signal,
      timeoutMs: 60_000,
      bytesMax: 1_000_000,
    })
    if (answer.status >= 300) throw uploadFailed(answer)
    const file = readJson(answer, fileSchema)
    if (!file) throw failure('Replicate', 'bad_answer', { billed: 'no', status: answer.status })
    return file.urls.get
  }
}
