import type { BulkAnswer, JobInput } from '@halftone/contracts'
import type { Api } from './api.ts'
import { showProgress } from './progress.ts'
import type { createTrouble } from './trouble.ts'
import type { WebhookReceiver } from './webhook-receiver.ts'

/** Posts the schedule in one bulk, watches it to its end, and waits for the last webhook. */
export async function runSchedule(options: {
  api: Api
  jobs: JobInput[]
  receiver: WebhookReceiver
  trouble: ReturnType<typeof createTrouble> | null
  /** How long nothing may move. */
  quietMs?: number
  onAccepted(line: string): void
}): Promise<{ bulk: BulkAnswer; expectedWebhooks: number; rejected: Set<number> }> {
  const { api, receiver } = options
  const started = Date.now()
  const accepted = await api.submitBulk({
    jobs: options.jobs,
    webhook: { url: receiver.url },
    webhook_mode: 'both',
    metadata: { campaign: 'demo' },
  })
  options.onAccepted(
    `${accepted.accepted} jobs accepted in ${((Date.now() - started) / 1000).toFixed(1)} s, expected $${accepted.expected_usd}, held $${accepted.reserved_usd}`,
  )
  for (const { index, error } of accepted.rejected.slice(0, 3))
    options.onAccepted(`job ${index} was rejected: ${error.message}`)

  const progress = showProgress(accepted.accepted)
  const expectedWebhooks = accepted.accepted + 1
  let bulk = await api.bulk(accepted.id)
  let quietSince = Date.now()
  for (let seen = ''; ; ) {
    bulk = await api.bulk(accepted.id)
    progress.update(bulk, receiver.verified.size)
    const { succeeded, failed, expired, canceled } = bulk.counts
    if (succeeded + failed + expired + canceled > accepted.accepted / 3) options.trouble?.start(progress.say)
    if (bulk.status !== 'running' && receiver.verified.size >= expectedWebhooks) break
    const now = JSON.stringify([bulk.counts, receiver.verified.size])
    if (now !== seen) quietSince = Date.now()
    seen = now
    // whoever watches a stall should get the report of it, not a hanging terminal
    if (Date.now() - quietSince > (options.quietMs ?? 120_000)) {
      progress.say('nothing has moved for too long: giving up')
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  progress.stop()
  return { bulk, expectedWebhooks, rejected: new Set(accepted.rejected.map(({ index }) => index)) }
}
