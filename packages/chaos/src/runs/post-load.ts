import { setTimeout as wait } from 'node:timers/promises'
import { bulkAcceptedSchema } from '@halftone/contracts'
import { z } from 'zod'
import type { Answer, Client } from './client.ts'
import { type Load, type SinglePost, shortDeadline } from './write-load.ts'

/** What was answered to one key, each time it was asked. */
export interface Posted {
  key: string
  path: string
  body: unknown
  apiKey: string
  answers: Answer[]
}

const created = z.object({ id: z.string() })

/** Posts it all: the bulk at once, the singles each at its part of the run. Never throws: what went wrong is in `failures`. */
export async function postLoad(options: {
  load: Load
  client: Client
  keys: { rich: string; poor: string }
  webhookUrl: string
  until(part: number): Promise<void>
  seed: number
}): Promise<{ posted: Posted[]; failures: string[] }> {
  const { load, client, keys, webhookUrl } = options
  const posted: Posted[] = []
  const failures: string[] = []
  const send = async (post: Posted, times: number): Promise<Answer | undefined> => {
    posted.push(post)
    const sendings = Array.from({ length: times }, () =>
      client.until('POST', post.path, post.apiKey, post.body, post.key),
    )
    for (const sent of await Promise.allSettled(sendings)) {
      if (sent.status === 'fulfilled') post.answers.push(sent.value)
      else failures.push(String(sent.reason))
    }
    return post.answers[0]
  }
  const bulk = async () => {
    if (load.bulk.length === 0) return
    const body = { jobs: load.bulk, webhook: { url: webhookUrl }, webhook_mode: 'both' }
    const answer = await send(
      { key: `bulk-${options.seed}`, path: '/v1/bulk', body, apiKey: keys.rich, answers: [] },
      1,
    )
    if (!answer) return
    if (answer.status !== 202) return void failures.push(`the bulk was refused: ${answer.text.slice(0, 500)}`)
    // a deadline may have passed by the time that a producer was up
    const rejected = bulkAcceptedSchema
      .parse(JSON.parse(answer.text))
      .rejected.filter(({ error }) => !/deadline/.test(error.message))
    if (rejected.length > 0)
      failures.push(`${rejected.length} jobs of the bulk were rejected: ${rejected[0]?.error.message}`)
  }
  const single = async (post: SinglePost) => {
    await options.until(post.at)
    const apiKey = post.poor ? keys.poor : keys.rich
    // it counts from here, not from when the load was written
    const deadline = post.body.deadline === undefined ? {} : { deadline: shortDeadline() }
    let body: object = { ...post.body, ...deadline, webhook: { url: webhookUrl } }
    if (post.quoted) {
      const quote = await client.until('POST', '/v1/quotes', apiKey, body, `quote-${post.key}`)
      const parsed = created.safeParse(JSON.parse(quote.text))
      if (parsed.success) body = { ...body, quote_id: parsed.data.id }
    }
    const answer = await send(
      { key: post.key, path: '/v1/jobs', body, apiKey, answers: [] },
      post.twice ? 2 : 1,
    )
    if (!answer) return
    // 402: the poor project; 422: nobody can do it now, or its deadline has passed by the time that a producer was up
    if (![202, 402, 422].includes(answer.status))
      failures.push(`${post.key} was answered ${answer.status}: ${answer.text.slice(0, 300)}`)
    if (answer.status !== 202 || post.cancelAfterMs === null) return
    await wait(post.cancelAfterMs)
    const { id } = created.parse(JSON.parse(answer.text))
    await client.until('POST', `/v1/jobs/${id}/cancel`, apiKey, {})
  }
  const results = await Promise.allSettled([bulk(), ...load.singles.map(single)])
  for (const result of results) if (result.status === 'rejected') failures.push(String(result.reason))
  return { posted, failures }
}

/** Every accepted key once more, after all is over: the answers must be those of the first time. */
export async function postAgain(posted: readonly Posted[], client: Client): Promise<void> {
  const accepted = posted.filter(({ answers }) => answers.some(({ status }) => status === 202))
  for (let at = 0; at < accepted.length; at += 16)
    await Promise.all(
      accepted.slice(at, at + 16).map(async (post) => {
        post.answers.push(await client.until('POST', post.path, post.apiKey, post.body, post.key))
      }),
    )
}
