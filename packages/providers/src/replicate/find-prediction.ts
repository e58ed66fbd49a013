import { unreadable } from '../answer-error.ts'
import { failure } from '../failure.ts'
import type { HttpAnswer } from '../http.ts'
import { readJson } from '../read-json.ts'
import { replicateError } from './errors.ts'
import { type PredictionPage, predictionPageSchema } from './wire.ts'

const pagesMax = 20
/** Replicate's clock is not ours. */
const clockSkewMs = 60_000

type Listed = PredictionPage['results'][number]

/**
 * Looks through the list, newest first, for the prediction whose webhook carries our attempt id.
 * null is a promise ("never created", so its money is free), so it is only given when no listed prediction could be it:
 * where one has no webhook, or the list is too long, it throws `outcome_unknown`.
 */
export async function findPrediction(
  attemptId: string,
  since: Date,
  baseUrl: string,
  get: (url: string) => Promise<HttpAnswer>,
): Promise<string | null> {
  const oldest = since.getTime() - clockSkewMs
  let url: string | null = `${baseUrl}/predictions`
  let unmarked = 0
  for (let page = 0; url !== null && page < pagesMax; page++) {
    const listed: PredictionPage = await readPage(await get(url))
    const recent = listed.results.filter((prediction) => Date.parse(prediction.created_at) >= oldest)
    const found = recent.find((prediction) => attemptOf(prediction) === attemptId)
    if (found) return found.id
    unmarked += recent.filter((prediction) => !prediction.webhook).length
    url = recent.length < listed.results.length ? null : nextPage(listed, baseUrl)
  }
  if (url === null && unmarked === 0) return null
  throw cannotTell(url === null ? `${unmarked} predictions without a webhook` : 'the list is too long')
}

function readPage(answer: HttpAnswer): PredictionPage {
  if (answer.status !== 200) throw replicateError(answer)
  const page = readJson(answer, predictionPageSchema)
  if (!page) throw unreadable('Replicate', answer)
  return page
}

function attemptOf({ webhook }: Listed): string | null {
  return webhook && URL.canParse(webhook) ? new URL(webhook).searchParams.get('attempt') : null
}

/** The list names its next page by URL: it gets our key, so it must be on the same host. */
function nextPage({ next }: PredictionPage, baseUrl: string): string | null {
  if (!next) return null
  const url = URL.canParse(next, baseUrl) ? new URL(next, baseUrl) : null
  if (url?.origin !== new URL(baseUrl).origin) throw cannotTell('the next page is on another host')
  return url.href
}

function cannotTell(why: string): Error {
  return failure('Replicate', 'outcome_unknown', { billed: 'unknown', cause: new Error(why) })
}
