import type { Usage } from '../image-provider.ts'
import { trustedUrl } from '../trusted-url.ts'
import type { SubmitAnswer } from './wire.ts'

const nanoPerCredit = 10_000_000
/** The API answers, and asks to be polled, on hosts of its regions. */
const apiDomains = ['bfl.ai']

/**
 * What is kept of an accepted call: where to ask for its end, and what it costs, which only the submit says. The cost
 * stands in the fragment, the part of a URL that is never sent: "https://api.us1.bfl.ai/v1/get_result?id=1#cost=4.5".
 */
export function taskRef({ id, polling_url, cost }: SubmitAnswer, baseUrl: string): string {
  // A place that is not theirs gets no key: the task is then asked for where it was submitted.
  const given = polling_url ? trustedUrl(polling_url, baseUrl, apiDomains) : null
  const url = given ?? new URL(`${baseUrl}/get_result?id=${encodeURIComponent(id)}`)
  url.hash = typeof cost === 'number' ? `cost=${cost}` : ''
  return url.href
}

export interface Task {
  url: string
  usage: Usage
}

/** null = not a place that may see the key. */
export function readTaskRef(ref: string, baseUrl: string): Task | null {
  const url = trustedUrl(ref, baseUrl, apiDomains)
  if (!url) return null
  const credits = /^#cost=(\d+(?:\.\d+)?(?:e-?\d+)?)$/.exec(url.hash)?.[1]
  url.hash = ''
  const reported = credits === undefined ? undefined : BigInt(Math.round(Number(credits) * nanoPerCredit))
  return { url: url.href, usage: reported === undefined ? {} : { reported } }
}
