import { downloadPicture, type PictureHost } from '../download-picture.ts'
import type { Send } from '../http.ts'

export interface DownloadOptions {
  send: Send
  baseUrl: string
  authorization: string
  pause?: PictureHost['pause']
}

const hosts = ['replicate.delivery', '*.replicate.delivery']

/** Fetches one output; the prediction can be asked for it again. */
export function download(output: string, options: DownloadOptions, signal: AbortSignal): Promise<Uint8Array> {
  const { authorization, ...from } = options
  const host = { ...from, provider: 'Replicate', headers: { authorization }, hosts, again: true }
  return downloadPicture(output, host, signal)
}
